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
        if self.codes_patches_apart and mask is None:
            return self.fidelity.decode(self.code_apart(data, sigma), data)
        state = State(0, self.fidelity.start(data), data, self.fidelity, sigma)
        for k in range(self.depth):
            state = self.prepare(state, k)
            state = replace(state, z=self.advance(state))
        return self.fidelity.decode(state.z, state.data)

    @property
    def codes_patches_apart(self) -> bool:
        """Whether the loop is iterated soft thresholding of each patch on its own."""
        alone = isinstance(self.neighbours, NoNeighbours) and isinstance(self.renewal, SameData)
        plain = isinstance(self.prior, L1Prior) and self.step is proximal and self.stepsize == 1
        return alone and plain

    def code_apart(
        self, data: Observation, sigma: Float[Tensor, " b"] | None
    ) -> Float[Tensor, "b p n"]:
        """The codes after all steps of a model that `codes_patches_apart`, in one go."""
        f = self.fidelity
        return code_patches(
            data.centred, f.dictionary, f.preconditioner, self.prior.thresholds(sigma)
        )

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
