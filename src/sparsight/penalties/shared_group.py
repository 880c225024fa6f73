"""Non-local group penalty: similar patches use the same atoms (Games table 1).

psi_j(Z) = sum over atoms l of w_l ||(sqrt(a_jk) z_k[l])_k||, and player j alone moves z_j. Where
every player is its own neighbour with weight 1, as in a `Similarity`, its own gradient is z_j
times something. Appendix A.2 calls the game of symmetric weights a potential game; each player's
own gradient has no symmetric Jacobian even so, since it leaves out what the neighbours pay.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from sparsight.bank import Bank
from sparsight.ops import huber
from sparsight.protocols import Graph, State


@dataclass(frozen=True)
class SharedGroupPenalty:
    """Sum over players of the norms of what they share with their neighbours.

    Args:
        weights: w, one per atom, (p,) or (b, p), not negative.
        graph: who is whose neighbour; each player its own with weight 1.
        share: what squares are divided by: 1, or one number per player; norms are multiplied by
            it, as the group lasso does by the size of a group.
        symmetric: divides a_jk by the root of j's share times that of k's, not by j's.
    """

    weights: Float[Tensor, "*#b p"]
    graph: Graph
    share: Float[Tensor, "b 1 n"] | float = 1.0
    symmetric: bool = False

    def value(self, z: Float[Tensor, "b p n"]) -> Float[Tensor, " b"]:
        """psi_j(Z) summed over players."""
        return (self.weights[..., None] * self.share * self._norms(z)).sum((1, 2))

    def smoothed_value(
        self, z: Float[Tensor, "b p n"], alpha: Tensor | float
    ) -> Float[Tensor, " b"]:
        """A parabola in place of each norm near 0."""
        return (self.share * huber(self._norms(z), self.weights[..., None], alpha)).sum((1, 2))

    def smoothed_gradient(self, z: Float[Tensor, "b p n"], alpha: Tensor | float) -> Tensor:
        """Of psi_j by z_j alone: z_j min(alpha, w / norm)."""
        norms = self._norms(z).clamp(min=1e-12)
        return z * torch.minimum(torch.as_tensor(alpha).to(z), self.weights[..., None] / norms)

    def _norms(self, z: Tensor) -> Tensor:
        if self.symmetric:
            energy = self.graph.energy(z / self.share**0.25) / self.share**0.5
        else:
            energy = self.graph.energy(z) / self.share
        # The floor keeps the root's gradient finite where nobody uses an atom.
        return (energy + 1e-16).sqrt()


class SymmetricGroupPrior(nn.Module):
    """Weights normalised so that a_jk = a_kj: by the root of the product of both players' sums.

    Args:
        thresholds: bank of (moves, p) weights, negative ones count as 0.
    """

    symmetric = True

    def __init__(self, thresholds: Bank):
        super().__init__()
        self.thresholds = thresholds

    def forward(self, state: State) -> SharedGroupPenalty:
        """The penalty in force."""
        weights, graph = state.at_noise(self.thresholds)[:, state.k].relu(), state.neighbours()
        return SharedGroupPenalty(weights, graph, graph.degree()[:, None], self.symmetric)


class AsymmetricGroupPrior(SymmetricGroupPrior):
    """Neighbours' weights are shares of their sum: a_jk / sum_l a_jl."""

    symmetric = False
