"""A symmetric game of pixels as one function of the image (Games section A.2).

In a game each player pays for all its differences, so each is paid by both its ends. Where
weights are symmetric, half of that sum is a potential, and its gradient is the players' own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from jaxtyping import Float
from torch import Tensor

from sparsight.neighbours import NEAREST, ShiftGraph
from sparsight.protocols import Graph


class Game(Protocol):
    """A penalty whose gradient is each player's own."""

    def value(self, z: Tensor) -> Tensor:
        """psi_j summed over players, one number per image."""
        ...

    def gradient(self, z: Tensor) -> Tensor:
        """Of psi_j by z_j alone."""
        ...


@dataclass(frozen=True)
class PixelPotential:
    """Half of what the pixels of an image pay.

    Args:
        game: makes the penalty for a graph of pixels, with a value and a gradient, e.g.
            `LaplacianPenalty`.
        slope: the greatest derivative of what a player pays by a difference of its own: the
            strength of a Laplacian, alpha of a smoothed total variation.
    """

    game: Callable[[Graph], Game]
    slope: float = 1.0

    def value(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, " b"]:
        """The potential, one number per image."""
        return self.game(nearest_pixels(x)).value(x.flatten(2)) / 2

    def gradient(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        """Of the potential by the pixels."""
        return self.game(nearest_pixels(x)).gradient(x.flatten(2)).reshape(x.shape)

    def curvature(self) -> float:
        """A bound on how fast the gradient changes: by Gershgorin, twice slope times degree."""
        return 2 * self.slope


def nearest_pixels(x: Float[Tensor, "b c h w"]) -> ShiftGraph:
    """The eight nearest pixels, each with weight 1/8."""
    weights = torch.full((1, len(NEAREST), 1), 1 / len(NEAREST)).to(x)
    return ShiftGraph(weights, NEAREST, (x.shape[2], x.shape[3]))
