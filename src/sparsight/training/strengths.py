"""The strength of a critic at each noise level, fitted on clean training images.

At each level images are made noisy and restored with a strength that climbs to the greatest mean
PSNR by a constant ratio; a parabola through the top three strengths gives the one between.
"""

import math
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from sparsight.data import image_paths, read_image
from sparsight.metrics import psnr
from sparsight.models import LocalRegularizer, Strengths
from sparsight.operators import Identity

RATIO = 1.5
CLIMBS = 24


def fit_strengths(
    regularizer: LocalRegularizer,
    clean: Float[Tensor, "b c h w"],
    levels: Sequence[float],
    first: float = 4.0,
    progress: Callable[[], None] = lambda: None,
) -> Strengths:
    """The table of best strengths.

    Args:
        regularizer: with the critic and the optimiser that will be used.
        clean: images in [0, 1] units.
        levels: noise levels in [0, 1] units, increasing, two or more.
        first: lambda per pixel at which the climb of the first level begins.
        progress: called after each level.
    """
    values = []
    for level in levels:
        first = best_strength(partial(quality, regularizer, clean, level), first)
        values.append(first)
        progress()
    return Strengths(tuple(levels), tuple(values))


def quality(
    regularizer: LocalRegularizer, clean: Float[Tensor, "b c h w"], sigma: float, strength: float
) -> float:
    """Mean PSNR of denoised images; the noise depends on the place in the batch alone.

    Args:
        regularizer: with the critic.
        clean: images in [0, 1] units.
        sigma: noise level in [0, 1] units.
        strength: lambda per pixel.
    """
    noise = [
        torch.randn(image.shape, generator=torch.Generator().manual_seed(place))
        for place, image in enumerate(clean)
    ]
    y = clean + sigma * torch.stack(noise)
    size = (clean.shape[2], clean.shape[3])
    restored = regularizer.problem(Identity(), size, sigma, strength)(y, sigma).x
    return sum(map(psnr, restored, clean)) / len(clean)


def best_strength(measure: Callable[[float], float], first: float) -> float:
    """Where a function of a single peak is greatest.

    Args:
        measure: to be made great.
        first: a strength to begin at.
    """
    at = cache(lambda k: measure(first * RATIO**k))
    top = 0
    for _ in range(CLIMBS):
        better = max((top - 1, top, top + 1), key=at)
        if better == top:
            break
        top = better
    left, middle, right = at(top - 1), at(top), at(top + 1)
    bend = left - 2 * middle + right
    shift = (left - right) / (2 * bend) if bend < 0 else 0.0
    return first * math.pow(RATIO, top + max(-0.5, min(0.5, shift)))


def middles(folder: Path, channels: int, count: int, side: int) -> Float[Tensor, "b c s s"]:
    """The middle squares of images spread evenly over a folder, in [0, 1] units.

    Raises:
        ValueError: there are no images, or one is too small.
    """
    paths = image_paths(folder)
    chosen = paths[:: max(1, len(paths) // count)][:count]
    return torch.stack([_middle(path, read_image(path, channels), side) for path in chosen]) / 255


def _middle(path: Path, image: Tensor, side: int) -> Tensor:
    height, width = image.shape[1:]
    if min(height, width) < side:
        raise ValueError(f"{path} is {height}x{width}; images must be {side}x{side} or more")
    top, left = (height - side) // 2, (width - side) // 2
    return image[:, top : top + side, left : left + side].float()
