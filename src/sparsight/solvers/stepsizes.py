"""Step sizes: learned, or Barzilai and Borwein's; a fixed one is a plain number."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from sparsight.bank import Bank
from sparsight.protocols import State


class LearnedStepSize(nn.Module):
    """One per move.

    Args:
        sizes: bank of (moves,) step sizes.
    """

    def __init__(self, sizes: Bank):
        super().__init__()
        self.sizes = sizes

    def forward(self, state: State) -> Float[Tensor, "#b 1 1"]:
        """The step size of this move."""
        return state.at_noise(self.sizes)[:, state.k, None, None]


class BarzilaiBorwein(nn.Module):
    """s.g / g.g for each player, s its last move and g what that changed in its gradient.

    With tied matrices that is ||D s||^2 / ||D^T D s||^2. Games section 3.3 prints the inverse,
    which is the curvature along s, not a step.

    Args:
        first: step size before there is a last move, and of players that did not move.
        most: greatest step size.
    """

    def __init__(self, first: float = 1.0, most: float = 10.0):
        super().__init__()
        self.first = first
        self.most = most

    def forward(self, state: State) -> Float[Tensor, "b 1 #n"]:
        """The step size of this move."""
        if state.previous is None:
            return state.z.new_full((1, 1, 1), self.first)
        fidelity, data = state.fidelity, state.data
        moved = state.z - state.previous
        changed = fidelity.gradient(state.z, data) - fidelity.gradient(state.previous, data)
        along = (moved * changed).sum(1, keepdim=True)
        square = changed.square().sum(1, keepdim=True)
        # Where nothing moved both are 0, and so would the gradient of their ratio be undefined.
        still = square < 1e-12
        size = along / torch.where(still, torch.ones_like(square), square)
        return torch.where(still, torch.full_like(size, self.first), size).clamp(0, self.most)
