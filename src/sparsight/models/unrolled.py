"""A fixed number of learned steps: SC, CSR, GroupSC and the patch games are this loop."""

from dataclasses import replace

from jaxtyping import Float, Inexact
from torch import Tensor, nn

from sparsight.bank import Bank
from sparsight.fidelities import (
    MeasuredFidelity,
    PatchFidelity,
    PixelFidelity,
    PlainPatches,
    SameData,
)
from sparsight.neighbours import NoNeighbours
from sparsight.ops import code_observed, code_patches
from sparsight.penalties import L1Prior
from sparsight.protocols import Observation, State
from sparsight.solvers.steps import Step, proximal


class Unrolled(nn.Module):
    """fidelity x penalty x step, repeated (GroupSC algorithm 1).

    Args:
        fidelity: codes from image, image from codes.
        prior: names the penalty in force at a step.
        step: moves the codes once, e.g. `solvers.proximal`.
        depth: moves of the loop: K, the number of steps; 2 K for `solvers.extragradient`.
        neighbours: keeps the graph.
        renewal: gives the data in force.
        stepsize: eta, or a module that gives it for a state; learned matrices make 1 the natural
            choice.
    """

    def __init__(
        self,
        fidelity: PatchFidelity | PixelFidelity | PlainPatches | MeasuredFidelity,
        prior: nn.Module,
        step: Step,
        depth: int,
        neighbours: nn.Module | None = None,
        renewal: nn.Module | None = None,
        stepsize: float | nn.Module = 1.0,
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
        y: Inexact[Tensor, "b _ _ _"],
        sigma: Float[Tensor, " #b"] | None = None,
        mask: Float[Tensor, "#b _ _ _"] | None = None,
    ) -> Float[Tensor, "_ _ _ _"]:
        """Restores images.

        Args:
            y: observed, in [0, 1] units, at least a patch in size; of whatever shape and type
                the operator of a measured fidelity makes. Patches take NaN for unobserved.
            sigma: noise level of each image in [0, 1] units, for models of several levels.
            mask: 1 where a sample was observed; None when all were, or y says.
        """
        data = self.fidelity.observe(y, mask)
        if isinstance(self.fidelity, PatchFidelity) and self.patches_are_alone:
            return self.fidelity.decode(self.code_alone(self.fidelity, data, sigma), data)
        state = State(0, self.fidelity.start(data), data, self.fidelity, sigma)
        for k in range(self.depth):
            state = self.prepare(state, k)
            state = replace(state, z=self.advance(state), previous=state.z)
        return self.fidelity.decode(state.z, state.data)

    def at(self, sigma: float | None) -> "Unrolled":
        """The model in force at a noise level in [0, 1] units: this one, at any."""
        return self

    @property
    def channels(self) -> int:
        """1 grey, 3 RGB."""
        return self.fidelity.channels

    @property
    def patches_are_alone(self) -> bool:
        """Whether the loop is iterated soft thresholding of each patch on its own."""
        unseen = isinstance(self.neighbours, NoNeighbours) and isinstance(self.renewal, SameData)
        plain = self.step is proximal and self.stepsize == 1
        return unseen and plain and isinstance(self.prior, L1Prior)

    def code_alone(
        self, fidelity: PatchFidelity, data: Observation, sigma: Float[Tensor, " b"] | None
    ) -> Float[Tensor, "b p n"]:
        """The codes after all steps in one go, where patches do not look at each other."""
        thresholds: Bank = self.prior.thresholds  # pyright: ignore[reportAssignmentType]
        steps = thresholds(sigma)[:, : self.depth]
        matrices = fidelity.dictionary, fidelity.preconditioner
        if data.mask is None:
            return code_patches(data.centred, *matrices, steps)
        return code_observed(data.centred, *matrices, steps, data.mask)

    def prepare(self, state: State, k: int) -> State:
        """The state before step k, its data and neighbours renewed."""
        state = replace(state, k=k)
        state = replace(state, data=self.renewal(state))
        return replace(state, graph=self.neighbours(state))

    def advance(self, state: State) -> Float[Tensor, "b p n"]:
        """The codes after the step that the state stands before."""
        eta = self.stepsize(state) if isinstance(self.stepsize, nn.Module) else self.stepsize
        return self.step(state, self.prior(state), eta)
