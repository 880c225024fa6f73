"""Relaxed group lasso: similar patches share their atoms (GroupSC eq. (11)).

For hard clusters (weights 0 or 1, equal inside a cluster) the operator is the proximal
operator of the group lasso; for other weights it is the paper's relaxation, the proximal
operator of nothing.
"""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor, nn

from sparsight.bank import Bank
from sparsight.protocols import Graph, State


@dataclass(frozen=True)
class GroupPenalty:
    """psi(z) = sum over atoms j and patches i of w_j sqrt(sum_k a_ik z_jk^2 / sum_k a_ik).

    Args:
        weights: one per atom, (p,) or (b, p).
        graph: how strongly patch k counts for patch i.
    """

    weights: Float[Tensor, "*#b p"]
    graph: Graph

    def value(self, z: Float[Tensor, "b p n"]) -> Float[Tensor, " b"]:
        """psi(z) for hard clusters, where each group is counted once."""
        degree = self.graph.degree()[:, None]
        norms = (self.graph.energy(z).clamp(min=0) / degree).sqrt()
        return (self.weights[..., None] * norms).sum((1, 2))

    def prox(self, z: Float[Tensor, "b p n"], t: float) -> Float[Tensor, "b p n"]:
        """The second line of eq. (11)."""
        # The authors' floor 1e-12: a patch without neighbours keeps a finite gradient.
        size = (self.graph.degree() + 1e-12).sqrt()[:, None]
        threshold = t * self.weights.reshape(-1, z.shape[1], 1)
        return self.graph.shrink_groups(z, threshold, size)


class GroupPrior(nn.Module):
    """A threshold vector per step, pooled over similar patches: the GroupSC model.

    Args:
        thresholds: bank of (steps, p) thresholds.
    """

    def __init__(self, thresholds: Bank):
        super().__init__()
        self.thresholds = thresholds

    def forward(self, state: State) -> GroupPenalty:
        """The penalty in force."""
        return GroupPenalty(state.at_noise(self.thresholds)[:, state.k], state.neighbours())
