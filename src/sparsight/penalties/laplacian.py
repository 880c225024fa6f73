"""Laplacian regularisation: squared differences to the neighbours (Games table 1).

psi_j(Z) = strength / 2 sum_k a_jk ||z_j - z_k||^2. It is smooth already; its envelope is the same
with a smaller strength, so that both games of the paper have the same parameters.
"""

import math
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor, nn

from sparsight.bank import Bank, NoiseLevel
from sparsight.penalties.total_variation import strength_of
from sparsight.protocols import Graph, State


@dataclass(frozen=True)
class LaplacianPenalty:
    """Half the sum of squared differences to the neighbours.

    Args:
        graph: who is whose neighbour.
        strength: not negative; one number or one per image, (b, 1, 1).
    """

    graph: Graph
    strength: Float[Tensor, "#b 1 1"] | float = 1.0

    def value(self, z: Float[Tensor, "b p n"]) -> Float[Tensor, " b"]:
        """psi_j(Z) summed over players."""
        total = self.graph.edge_sum(lambda a, zj, zk: a * (zj - zk).square(), z)
        return (self.strength * total).sum((1, 2)) / 2

    def gradient(self, z: Float[Tensor, "b p n"]) -> Float[Tensor, "b p n"]:
        """Of psi_j by z_j alone."""
        return self.graph.pull(z, self.strength, math.inf)

    def smoothed_value(self, z: Float[Tensor, "b p n"], alpha: Tensor | float) -> Tensor:
        """The envelope, summed over players."""
        return self._smoothed(alpha).value(z)

    def smoothed_gradient(self, z: Float[Tensor, "b p n"], alpha: Tensor | float) -> Tensor:
        """Of the envelope of psi_j by z_j alone."""
        return self._smoothed(alpha).gradient(z)

    def _smoothed(self, alpha: Tensor | float) -> "LaplacianPenalty":
        return LaplacianPenalty(self.graph, alpha * self.strength / (alpha + self.strength))


class LaplacianPrior(nn.Module):
    """The Laplacian on the graph of the state.

    Args:
        strength: bank of (moves,) strengths, negative ones count as 0; None where the weights
            of the graph are learned themselves.
        unit: what strengths are multiples of: the noise level, a number.
    """

    def __init__(self, strength: Bank | None = None, unit: NoiseLevel | float = 1.0):
        super().__init__()
        self.strength = strength
        self.unit = unit

    def forward(self, state: State) -> LaplacianPenalty:
        """The penalty in force."""
        return LaplacianPenalty(state.neighbours(), strength_of(self, state))
