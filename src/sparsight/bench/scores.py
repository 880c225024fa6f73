"""Figures of one image, and their means over a folder."""

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from jaxtyping import Float
from torch import Tensor

from sparsight.metrics import psnr, ssim

Figures = Mapping[str, float]


def score(restored: Float[Tensor, "c h w"], clean: Float[Tensor, "c h w"]) -> dict[str, float]:
    """PSNR, SSIM, and PSNR after rounding to 8 bits.

    Args:
        restored: not yet clipped.
        clean: in [0, 1].
    """
    clipped = restored.clamp(0, 1)
    rounded = (clipped * 255).round() / 255
    return {
        "psnr": psnr(clipped, clean),
        "ssim": ssim(clipped, clean),
        "psnr_8bit": psnr(rounded, clean),
    }


def mean_scores(rows: Iterable[Figures]) -> dict[str, float]:
    """The mean of each figure."""
    found = list(rows)
    return {key: statistics.fmean(row[key] for row in found) for key in found[0]}


def over_images(
    paths: Sequence[Path], measure: Callable[[Path, int], Figures], progress: Callable[[], None]
) -> dict[str, float]:
    """Means over the images of a folder.

    Args:
        paths: of the images, in the order of their set.
        measure: (path, place in the set) -> figures.
        progress: called after each image.
    """
    rows = []
    for place, path in enumerate(paths):
        rows.append(measure(path, place))
        progress()
    return mean_scores(rows)
