"""A fixed number of learned steps: SC, CSR, GroupSC and the patch games are this loop."""

from dataclasses import replace

from jaxtyping import Float
from torch import Tensor, nn

from sparsight.fidelities import PatchFidelity, SameData
from sparsight.neighbours import NoNeighbours
from sparsight.ops import code_patches
from sparsight.penalties import L1Prior
from sparsight.protocols import Observation, State
from sparsight.solvers.steps import Step, proximal


class Unrolled(nn.Module):
    """fidelity x penalty x step, repeated (GroupSC algorithm 1).

    Args:
        fidelity: codes from image, image from codes.
        prior: names the penalty in force at a step.
        step: moves the codes once, e.g. `solvers.proximal`.
        depth: K, the number of steps.
        neighbours: keeps the graph.
        renewal: gives the data in force.
        stepsize: eta; learned matrices make 1 the natural choice.
    """

    def __init__(
        self,
        fidelity: PatchFidelity,
        prior: nn.Module,
        step: Step,
        depth: int,
        neighbours: nn.Module | None = None,
        renewal: nn.Module | None = None,
        stepsize: float = 1.0,
    ):
        super().__init__()
        self.fidelity = fidelity
        self.prior = prior
        self.step = step
        self.depth = depth
        self.neighbours = neighbours or NoNeighbours()
        self.renewal = renewal or SameData()
        self.stepsize = stepsize

    def forward(
        self,
        y: Float[Tensor, "b c h w"],
        sigma: Float[Tensor, " b"] | None = None,
        mask: Float[Tensor, "#b c h w"] | None = None,
    ) -> Float[Tensor, "b c h w"]:
        """Restores images.

        Args:
            y: observed, in [0, 1] units, at least a patch in size.
            sigma: noise level of each image in [0, 1] units, for models of several levels.
            mask: 1 where a sample was observed; None when all were.
        """
        data = self.fidelity.observe(y, mask)
        alone = self.prior_of_patches_alone()
        if alone is not None and mask is None:
            return self.fidelity.decode(self.code_alone(data, alone.thresholds(sigma)), data)
        state = State(0, self.fidelity.start(data), data, self.fidelity, sigma)
        for k in range(self.depth):
            state = self.prepare(state, k)
            state = replace(state, z=self.advance(state))
        return self.fidelity.decode(state.z, state.data)

    def prior_of_patches_alone(self) -> L1Prior | None:
        """The prior, if the loop is iterated soft thresholding of each patch on its own."""
        alone = isinstance(self.neighbours, NoNeighbours) and isinstance(self.renewal, SameData)
        plain = alone and self.step is proximal and self.stepsize == 1
        return self.prior if plain and isinstance(self.prior, L1Prior) else None

    def code_alone(
        self, data: Observation, thresholds: Float[Tensor, "#b k p"]
    ) -> Float[Tensor, "b p n"]:
        """The codes after all steps in one go, where patches do not look at each other."""
        f = self.fidelity
        return code_patches(data.centred, f.dictionary, f.preconditioner, thresholds)

    def prepare(self, state: State, k: int) -> State:
        """The state before step k, its data and neighbours renewed."""
        state = replace(state, k=k)
        state = replace(state, data=self.renewal(state))
        return replace(state, graph=self.neighbours(state))

    def advance(self, state: State) -> Float[Tensor, "b p n"]:
        """The codes after the step that the state stands before."""

        def descend(z: Tensor, eta: float) -> Tensor:
            return self.fidelity.descend(z, state.data, eta)

        return self.step(state.z, descend, self.prior(state), self.stepsize)
