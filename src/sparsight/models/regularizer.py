"""Total variation as a layer of any network (Games section 4, dense stereo matching)."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from sparsight.bank import Bank
from sparsight.fidelities import PixelFidelity
from sparsight.models.unrolled import Unrolled
from sparsight.neighbours import NEAREST, OffsetNeighbours
from sparsight.penalties import SmoothedPrior, TotalVariationPrior
from sparsight.solvers import LearnedStepSize, extragradient, gradient

ANY_LEVEL = [1.0]


class TVRegularizer(nn.Module):
    """The game of total variation over the eight nearest pixels, started from its input.

    A disparity, a volume of costs, features: whatever has rows and columns. Every channel plays by
    the same rules: eight weights, a Moreau parameter and a step size per move, ten numbers.

    Args:
        channels: product of all axes between batch and rows, e.g. 1 for a disparity.
        steps: of the game.
        extragradient: whether a step looks ahead first, and so has two moves.
        scale: what is a small difference in the input, for instance 0.1 pixels of disparity.

    Raises:
        ValueError: steps is below 1, or scale is not above 0.
    """

    def __init__(
        self, channels: int, steps: int = 12, extragradient: bool = False, scale: float = 0.1
    ):
        super().__init__()
        if steps < 1 or not scale > 0:
            raise ValueError(f"steps is {steps}, scale {scale}; give 1 or more, and above 0")
        self.channels = channels
        moves = 2 * steps if extragradient else steps
        near = OffsetNeighbours(_bank(0.15, moves, len(NEAREST)), NEAREST)
        prior = SmoothedPrior(TotalVariationPrior(unit=scale), _bank(math.log(2.0), moves))
        self.game = Unrolled(
            PixelFidelity(channels),
            prior,
            _step(extragradient),
            moves,
            near,
            stepsize=LearnedStepSize(_bank(0.1, moves)),
        )

    def forward(self, x: Float[Tensor, "b *channels h w"]) -> Float[Tensor, "b *channels h w"]:
        """The input, smoothed.

        Raises:
            ValueError: x has other channels than the layer.
        """
        planes = x.reshape(len(x), -1, *x.shape[-2:])
        if planes.shape[1] != self.channels:
            raise ValueError(f"x has {planes.shape[1]} channels, the layer {self.channels}")
        return self.game(planes).reshape(x.shape)


def _step(looks_ahead: bool):
    return extragradient if looks_ahead else gradient


def _bank(value: float, *shape: int) -> Bank:
    return Bank(ANY_LEVEL, torch.full((1, *shape), value))
