"""Total variation: neighbours should be alike (Games table 1).

psi_j(Z) = strength sum_k a_jk unit |z_j - z_k|_1, local or non-local as the graph has it.
"""

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from sparsight.ops import huber
from sparsight.penalties.pairwise import PairwisePrior
from sparsight.protocols import Graph, Scalar


@dataclass(frozen=True)
class TotalVariationPenalty:
    """Sum of absolute differences to the neighbours.

    Args:
        graph: who is whose neighbour.
        strength: one number or one per image, (b, 1, 1).
        unit: what the absolute value is multiplied by before it is smoothed, positive; likewise.
    """

    payers: ClassVar[int] = 2  # a difference is paid at both its ends

    graph: Graph
    strength: Float[Tensor, "#b 1 1"] | float = 1.0
    unit: Float[Tensor, "#b 1 1"] | float = 1.0

    def value(self, z: Float[Tensor, "b p n"]) -> Float[Tensor, " b"]:
        """psi_j(Z) summed over players."""
        total = self.graph.edge_sum(lambda a, zj, zk: a * (zj - zk).abs(), z)
        return (self.strength * self.unit * total).sum((1, 2))

    def smoothed_value(self, z: Float[Tensor, "b p n"], alpha: Tensor | float) -> Tensor:
        """Huber's function in place of the absolute value."""
        # Its unit and curvature, one per image, go into z: an edge need not know its image.
        total = self.graph.edge_sum(
            lambda a, zj, zk: a * huber((zj - zk).abs(), 1.0, 1.0), alpha / self.unit * z
        )
        return (self.strength * self.unit**2 / alpha * total).sum((1, 2))

    def smoothed_gradient(self, z: Float[Tensor, "b p n"], alpha: Tensor | float) -> Tensor:
        """Of psi_j by z_j alone: strength sum_k a_jk clip(alpha (z_j - z_k), +-unit)."""
        return self.strength * self.graph.pull(z, alpha, self.unit)


class TotalVariationPrior(PairwisePrior):
    """Total variation on the graph of the state."""

    def penalty(self, graph: Graph, strength: Scalar, unit: Scalar) -> TotalVariationPenalty:  # noqa: D102
        return TotalVariationPenalty(graph, strength, unit)
