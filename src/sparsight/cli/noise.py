"""The noise level of a photograph, from a sample of it when it is large."""

import statistics
from collections.abc import Iterator

import torch

from sparsight.files import FileError, Photo
from sparsight.metrics import estimate_sigma

CROP = 256
CROPS_PER_SIDE = 4
SMALLEST = 9


def estimate_noise(photo: Photo) -> float:
    """Estimates the noise level.

    Args:
        photo: of any size; at most 16 crops of 256 x 256 pixels, spread evenly, are looked at.

    Returns:
        The median over the crops, in 8-bit units.

    Raises:
        FileError: the photograph is too small.
    """
    _, height, width = photo.shape
    if min(height, width) < SMALLEST:
        raise FileError(
            f"{photo.path}: its {width} x {height} pixels are too few to estimate the noise; "
            "give --sigma"
        )
    return 255 * statistics.median(estimate_sigma(crop) for crop in _crops(photo))


def _crops(photo: Photo) -> Iterator[torch.Tensor]:
    _, height, width = photo.shape
    for top in _places(height):
        rows = photo.read_rows(top, min(top + CROP, height))
        for left in _places(width):
            yield torch.tensor(rows[:, :, left : left + CROP])


def _places(length: int) -> list[int]:
    """Where crops begin along a side."""
    count = min(CROPS_PER_SIDE, -(-length // CROP))
    last = max(0, length - CROP)
    return [last * number // max(1, count - 1) for number in range(count)]
