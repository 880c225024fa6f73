"""Centralized sparse codes: pulled to zero and to what similar patches say (CSR).

GroupSC appendix A: psi(z) = sum_j w_j (|z_j| + gamma |z_j - beta_j|), where beta is the
similarity-weighted mean of the previous codes, eq. (2).
"""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor, nn

from sparsight.bank import Bank
from sparsight.ops import centralized_shrink
from sparsight.protocols import State


@dataclass(frozen=True)
class CentralizedPenalty:
    """l1 norm about zero and about a centre.

    Args:
        weights: one per atom, (p,) or (b, p).
        centre: beta, the codes that similar patches suggest.
        pull: gamma, how much the centre counts against zero, per atom, not negative.
    """

    weights: Float[Tensor, "*#b p"]
    centre: Float[Tensor, "b p n"]
    pull: Float[Tensor, "*#b p"]

    def value(self, z: Float[Tensor, "b p n"]) -> Float[Tensor, " b"]:
        """psi(z), one number per image."""
        pull = self.pull[..., None]
        return (self.weights[..., None] * (z.abs() + pull * (z - self.centre).abs())).sum((1, 2))

    def prox(self, z: Float[Tensor, "b p n"], t: float) -> Float[Tensor, "b p n"]:
        """Proposition 1."""
        return centralized_shrink(z, self.centre, t * self.weights[..., None], self.pull[..., None])


class CentralizedPrior(nn.Module):
    """Thresholds per step and one gamma per atom: the CSR model.

    Args:
        thresholds: bank of (steps, p) thresholds.
        pull: bank of (p,) gammas; negative ones count as 0.
    """

    def __init__(self, thresholds: Bank, pull: Bank):
        super().__init__()
        self.thresholds = thresholds
        self.pull = pull

    def forward(self, state: State) -> CentralizedPenalty:
        """The penalty in force; beta is taken from the codes of this state."""
        graph = state.neighbours()
        centre = graph.mix(state.z) / graph.degree()[:, None]
        return CentralizedPenalty(
            state.at_noise(self.thresholds)[:, state.k], centre, state.at_noise(self.pull).relu()
        )
