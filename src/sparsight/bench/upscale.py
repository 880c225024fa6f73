"""Super-resolution: PSNR and SSIM of luma over a folder, beside bicubic interpolation.

Clean images lose the rows and columns that make no multiple of the scale, are reduced bicubically
and rounded to 8 bits. Enlarged images are rounded too; BT.601 luma is compared without a border of
`scale` pixels (NSR section 4.1). Files of one channel are compared in grey.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sparsight.data import channels_of, fit_scale, read_image, reduce_image
from sparsight.metrics import luma, psnr, ssim
from sparsight.models import Tiled
from sparsight.ops import resize_bicubic


@dataclass(frozen=True)
class Upscaled:
    """Means over the images of a folder at one scale.

    Attributes:
        scale: how many times larger.
        psnr: of luma, in dB.
        ssim: structural similarity of luma.
        bicubic_psnr: what bicubic interpolation reaches.
        bicubic_ssim: likewise.
        images: how many.
        seconds_per_image: spent by the model.
    """

    scale: int
    psnr: float
    ssim: float
    bicubic_psnr: float
    bicubic_ssim: float
    images: int
    seconds_per_image: float


def bench_upscale(
    model: Tiled, paths: Sequence[Path], progress: Callable[[], None] = lambda: None
) -> Upscaled:
    """Enlarges reduced versions of clean images and compares.

    Args:
        model: enlarges RGB images.
        paths: clean images.
        progress: called after each image.

    Raises:
        ValueError: an image cannot be read.
    """
    rows = []
    for path in paths:
        rows.append(_bench_one(model, path))
        progress()
    ours, likeness, plain, plainness, seconds = map(statistics.fmean, zip(*rows, strict=True))
    return Upscaled(model.scale, ours, likeness, plain, plainness, len(rows), seconds)


def _bench_one(model: Tiled, path: Path) -> tuple[float, ...]:
    scale = model.scale
    clean = fit_scale(read_image(path, channels_of(path)), scale) / 255
    small = reduce_image(clean, scale)[None]
    start = time.perf_counter()
    restored = model(small.to(model.device))[0].cpu()
    seconds = time.perf_counter() - start
    bicubic = resize_bicubic(small, (clean.shape[1], clean.shape[2]))[0]
    inner = slice(scale, -scale)
    ours, plain, theirs = (luma(x)[:, inner, inner] for x in (restored, bicubic, clean))
    return psnr(ours, theirs), ssim(ours, theirs), psnr(plain, theirs), ssim(plain, theirs), seconds
