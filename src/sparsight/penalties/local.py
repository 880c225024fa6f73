"""A prior with a graph of its own, beside that of the model: local weights in a non-local game."""

from dataclasses import replace
from typing import Any

from torch import nn

from sparsight.protocols import State


class LocalPrior(nn.Module):
    """Shows a prior other neighbours than the model's.

    Args:
        neighbours: gives the graph.
        prior: sees it.
    """

    def __init__(self, neighbours: nn.Module, prior: nn.Module):
        super().__init__()
        self.neighbours = neighbours
        self.prior = prior

    def forward(self, state: State) -> Any:
        """The penalty in force."""
        return self.prior(replace(state, graph=self.neighbours(state)))
