"""Demosaicking and inpainting: PSNR and SSIM of images with gaps, filled (GroupSC section 4).

Mosaics and holes are noiseless. A hole is a pixel of all channels; where they are depends on the
place of the image in the folder alone.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from sparsight.data import Holes, read_image
from sparsight.metrics import psnr, ssim
from sparsight.models import Filler
from sparsight.operators import bayer_mask

BORDER = 10


@dataclass(frozen=True)
class Filled:
    """Means over the images of a folder.

    Attributes:
        psnr: in dB, over all pixels and channels.
        psnr_cropped: without a border of 10 pixels.
        ssim: structural similarity.
        images: how many.
        seconds_per_image: spent by the model.
    """

    psnr: float
    psnr_cropped: float
    ssim: float
    images: int
    seconds_per_image: float


def bench_demosaick(
    model: Filler,
    paths: Sequence[Path],
    pattern: str = "RGGB",
    progress: Callable[[], None] = lambda: None,
) -> Filled:
    """Makes mosaics of clean images, fills them and compares.

    Args:
        model: of mosaics, on its device.
        paths: clean images.
        pattern: of the mosaics.
        progress: called after each image.

    Raises:
        ValueError: an image cannot be read, or the pattern is none.
    """

    def mosaic(size: torch.Size, _: int) -> Tensor:
        return bayer_mask(pattern, (size[1], size[2]))[0]

    return _bench(model, paths, mosaic, progress)


def bench_inpaint(
    model: Filler,
    paths: Sequence[Path],
    lost: float,
    progress: Callable[[], None] = lambda: None,
) -> Filled:
    """Makes holes into clean images, fills them and compares.

    Args:
        model: of holes, on its device.
        paths: clean images.
        lost: share of the pixels that are.
        progress: called after each image.

    Raises:
        ValueError: an image cannot be read.
    """

    def holes(size: torch.Size, place: int) -> Tensor:
        return Holes(lost, lost)(size, torch.Generator().manual_seed(place))

    return _bench(model, paths, holes, progress)


def _bench(
    model: Filler,
    paths: Sequence[Path],
    seen: Callable[[torch.Size, int], Tensor],
    progress: Callable[[], None],
) -> Filled:
    rows = []
    for place, path in enumerate(paths):
        clean = read_image(path, model.channels).float() / 255
        y = clean.masked_fill(seen(clean.shape, place) == 0, torch.nan)[None]
        start = time.perf_counter()
        x = model(y.to(model.device))[0].cpu().clamp(0, 1)
        seconds = time.perf_counter() - start
        inner = (..., slice(BORDER, -BORDER), slice(BORDER, -BORDER))
        rows.append((psnr(x, clean), psnr(x[inner], clean[inner]), ssim(x, clean), seconds))
        progress()
    whole, cropped, likeness, seconds = map(statistics.fmean, zip(*rows, strict=True))
    return Filled(whole, cropped, likeness, len(rows), seconds)
