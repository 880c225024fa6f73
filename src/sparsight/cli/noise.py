"""The noise level of a photograph, from a sample of it when it is large."""

import math
import statistics
from collections.abc import Iterable, Iterator

import torch
from jaxtyping import Float
from torch import Tensor

from sparsight.files import FileError, Photo
from sparsight.metrics import estimate_shot_noise, estimate_sigma
from sparsight.models.boundary import SEEN
from sparsight.ops import full_luma
from sparsight.ops.luma import WEIGHTS

CROP = 256
CROPS_PER_SIDE = 4
SMALLEST = 9
# The noise of luma, where that of every channel is 1 and knows nothing of the others.
LUMA_SHARE = math.hypot(*WEIGHTS)


def estimate_noise(photo: Photo) -> float:
    """Estimates the noise level.

    Args:
        photo: of any size; at most 16 crops of 256 x 256 pixels, spread evenly, are looked at.

    Returns:
        The median over the crops, in 8-bit units. JPEG and WebP mostly store colour at half the
        resolution, which blurs its noise: of colour photographs in them luma is looked at, whose
        noise would be as much in channels that know nothing of each other.

    Raises:
        FileError: the photograph is too small.
    """
    _check_size(photo, "--sigma")
    blurred = not photo.lossless and photo.shape[0] == 3
    estimate = _estimate_by_luma if blurred else estimate_sigma
    return 255 * statistics.median(estimate(crop) for crop in _crops(photo))


def estimate_lines(photos: Iterable[Photo]) -> list[tuple[float, float]]:
    """Estimates noise of photons, whose variance is a line over the value.

    Args:
        photos: of any size, taken alike; of each the crops of `estimate_noise` are looked at.

    Returns:
        Slope and start of each channel, in the units of `Photo.read_rows` and their squares; a
        slope of 0 where the noise does not grow.

    Raises:
        FileError: a photograph is too small.
    """
    crops = []
    for photo in photos:
        _check_size(photo, "--shot A,B")
        crops += _crops(photo)
    return [estimate_shot_noise([crop[[c]] for crop in crops]) for c in range(len(crops[0]))]


def _check_size(photo: Photo, otherwise: str) -> None:
    _, height, width = photo.shape
    if min(height, width) < SMALLEST:
        raise FileError(
            f"{photo.path}: its {width} x {height} pixels are too few to estimate the noise; "
            f"give {otherwise}"
        )


def _estimate_by_luma(crop: Float[Tensor, "3 h w"]) -> float:
    return estimate_sigma(full_luma(crop)) / LUMA_SHARE


def _crops(photo: Photo) -> Iterator[Tensor]:
    _, height, width = photo.shape
    for top in _places(height):
        rows = photo.read_rows(top, min(top + CROP, height))
        for left in _places(width):
            yield torch.tensor(rows[:, :, left : left + CROP]).clamp(*SEEN)


def _places(length: int) -> list[int]:
    """Where crops begin along a side."""
    count = min(CROPS_PER_SIDE, -(-length // CROP))
    last = max(0, length - CROP)
    return [last * number // max(1, count - 1) for number in range(count)]
