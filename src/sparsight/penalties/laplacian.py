"""Laplacian regularisation: squared differences to the neighbours (Games table 1).

psi_j(Z) = strength / 2 sum_k a_jk unit ||z_j - z_k||^2. It is smooth already; its envelope is the
same with a smaller strength, so that both games of the paper have the same parameters.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Float
from torch import Tensor

from sparsight.penalties.pairwise import PairwisePrior
from sparsight.protocols import Graph, Scalar


@dataclass(frozen=True)
class LaplacianPenalty:
    """Half the sum of squared differences to the neighbours.

    Args:
        graph: who is whose neighbour.
        strength: one number or one per image, (b, 1, 1).
        unit: what squares are multiplied by before they are smoothed, positive; likewise.
    """

    payers: ClassVar[int] = 2  # a difference is paid at both its ends

    graph: Graph
    strength: Float[Tensor, "#b 1 1"] | float = 1.0
    unit: Float[Tensor, "#b 1 1"] | float = 1.0

    def value(self, z: Float[Tensor, "b p n"]) -> Float[Tensor, " b"]:
        """psi_j(Z) summed over players."""
        total = self.graph.edge_sum(lambda a, zj, zk: a * (zj - zk).square(), z)
        return (self.strength * self.unit * total).sum((1, 2)) / 2

    def gradient(self, z: Float[Tensor, "b p n"]) -> Float[Tensor, "b p n"]:
        """Of psi_j by z_j alone."""
        return self.strength * self.graph.pull(z, self.unit, math.inf)

    def smoothed_value(self, z: Float[Tensor, "b p n"], alpha: Tensor | float) -> Tensor:
        """The envelope, summed over players."""
        return self._smoothed(alpha).value(z)

    def smoothed_gradient(self, z: Float[Tensor, "b p n"], alpha: Tensor | float) -> Tensor:
        """Of the envelope of psi_j by z_j alone."""
        return self._smoothed(alpha).gradient(z)

    def _smoothed(self, alpha: Tensor | float) -> "LaplacianPenalty":
        unit = alpha * self.unit / (alpha + self.unit)
        return LaplacianPenalty(self.graph, self.strength, unit)


class LaplacianPrior(PairwisePrior):
    """The Laplacian on the graph of the state."""

    def penalty(self, graph: Graph, strength: Scalar, unit: Scalar) -> LaplacianPenalty:  # noqa: D102
        return LaplacianPenalty(graph, strength, unit)
