"""Total variation: neighbours should be alike (Games table 1).

psi_j(Z) = strength sum_k a_jk |z_j - z_k|_1, local or non-local as the graph has it. Smoothing
acts on the norm and weights stay outside: learned ones may then turn negative, and a game that
pushes unlike neighbours apart in places sharpens edges; it is convex as long as they do not.
"""

from dataclasses import dataclass
from typing import Protocol

import torch
from jaxtyping import Float
from torch import Tensor, nn

from sparsight.bank import Bank, NoiseLevel
from sparsight.protocols import Graph, State


@dataclass(frozen=True)
class TotalVariationPenalty:
    """Sum of absolute differences to the neighbours.

    Args:
        graph: who is whose neighbour.
        strength: not negative; one number or one per image, (b, 1, 1).
    """

    graph: Graph
    strength: Float[Tensor, "#b 1 1"] | float = 1.0

    def value(self, z: Float[Tensor, "b p n"]) -> Float[Tensor, " b"]:
        """psi_j(Z) summed over players."""
        total = self.graph.edge_sum(lambda a, zj, zk: a * (zj - zk).abs(), z)
        return (self.strength * total).sum((1, 2))

    def smoothed_value(self, z: Float[Tensor, "b p n"], alpha: Tensor | float) -> Tensor:
        """Huber's function in place of the absolute value."""
        alpha, s = _edges(alpha), _edges(self.strength)

        def huber(a: Tensor, zj: Tensor, zk: Tensor) -> Tensor:
            u = (zj - zk).abs()
            near, far = alpha * u.square() / 2, s * u - s**2 / (2 * alpha)
            return a * torch.where(alpha * u <= s, near, far)

        return self.graph.edge_sum(huber, z).sum((1, 2))

    def smoothed_gradient(self, z: Float[Tensor, "b p n"], alpha: Tensor | float) -> Tensor:
        """Of psi_j by z_j alone: sum_k a_jk clip(alpha (z_j - z_k), +-strength)."""
        return self.graph.pull(z, alpha, self.strength)


class TotalVariationPrior(nn.Module):
    """Total variation on the graph of the state.

    Args:
        strength: bank of (moves,) strengths, negative ones count as 0; None where the weights
            of the graph are learned themselves.
        unit: what strengths are multiples of: the noise level, a number.
    """

    def __init__(self, strength: Bank | None = None, unit: NoiseLevel | float = 1.0):
        super().__init__()
        self.strength = strength
        self.unit = unit

    def forward(self, state: State) -> TotalVariationPenalty:
        """The penalty in force."""
        return TotalVariationPenalty(state.neighbours(), strength_of(self, state))


class HasStrength(Protocol):
    """A prior with a strength per move, or none, and a unit for it."""

    strength: Bank | None
    unit: NoiseLevel | float


def strength_of(prior: HasStrength, state: State) -> Tensor | float:
    """The strength at this move: (b, 1, 1), or a number."""
    unit = prior.unit
    if isinstance(unit, NoiseLevel):
        unit = state.at_noise(unit)[:, None, None].to(state.z)
    if prior.strength is None:
        return unit
    return unit * state.at_noise(prior.strength)[:, state.k].clamp(min=1e-6)[:, None, None]


def _edges(value: Tensor | float) -> Tensor | float:
    """(b, 1, 1) as (b, 1, 1, 1): one more axis for the edges of a player."""
    return value[..., None] if isinstance(value, Tensor) else value
