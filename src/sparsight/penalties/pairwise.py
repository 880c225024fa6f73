"""What players pay for their differences to neighbours, times a learned strength (Games table 1).

Smoothing acts on the norm; weights and strengths stay outside and may turn negative: such a move
pushes neighbours apart. Together with the moves that pull, it leaves great differences alone, so
that edges keep their contrast. The game is convex as long as nothing is negative.
"""

from abc import ABC, abstractmethod

from torch import nn

from sparsight.bank import Bank, NoiseLevel
from sparsight.penalties.smoothed import Smoothable
from sparsight.protocols import Graph, Scalar, State


class PairwisePrior(nn.Module, ABC):
    """A penalty on the graph of the state.

    Args:
        strength: bank of (moves,) strengths; None where the weights of the graph are learned
            themselves.
        unit: of the norm: the noise level, or a number.
    """

    def __init__(self, strength: Bank | None = None, unit: NoiseLevel | float = 1.0):
        super().__init__()
        self.strength = strength
        self.unit = unit

    @abstractmethod
    def penalty(self, graph: Graph, strength: Scalar, unit: Scalar) -> Smoothable:
        """The penalty on this graph."""

    def forward(self, state: State) -> Smoothable:
        """The penalty in force."""
        strength, unit = 1.0, self.unit
        if isinstance(unit, NoiseLevel):
            unit = state.at_noise(unit)[:, None, None].to(state.z)
        if self.strength is not None:
            strength = state.at_noise(self.strength)[:, state.k, None, None]
        return self.penalty(state.neighbours(), strength, unit)
