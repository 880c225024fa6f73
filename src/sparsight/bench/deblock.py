"""JPEG deblocking: PSNR and SSIM of luma over a folder, beside the JPEG itself.

Luma of studio range (grey files as they are) is compressed by Pillow; what is restored is clipped
to [0, 1] (NSR section 4.3, GroupSC section 4).
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
from jaxtyping import Float
from torch import Tensor

from sparsight.bench.scores import over_images
from sparsight.data import compress, read_luma
from sparsight.metrics import psnr, ssim


class Restorer(Protocol):
    """Makes images of JPEGs, as `Deblocker` does."""

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        ...

    def __call__(self, y: Tensor, quality: int | float) -> Tensor:
        """(b, c, h, w) in [0, 1], and the quality of the JPEGs."""
        ...


@dataclass(frozen=True)
class AsItIs:
    """What any model has to better: the JPEG."""

    device: torch.device = torch.device("cpu")

    def __call__(
        self, y: Float[Tensor, "b c h w"], quality: int | float
    ) -> Float[Tensor, "b c h w"]:
        """What it is given."""
        return y


@dataclass(frozen=True)
class Deblocked:
    """Means over the images of a folder at one quality.

    Attributes:
        jpeg_quality: 1 to 100.
        psnr: in dB.
        ssim: structural similarity.
        jpeg_psnr: of the JPEG as it is.
        jpeg_ssim: likewise.
        images: how many.
        seconds_per_image: spent by the model.
    """

    jpeg_quality: int
    psnr: float
    ssim: float
    jpeg_psnr: float
    jpeg_ssim: float
    images: int
    seconds_per_image: float


def bench_deblock(
    model: Restorer,
    paths: Sequence[Path],
    quality: int,
    progress: Callable[[], None] = lambda: None,
) -> Deblocked:
    """Restores compressed versions of clean images and compares.

    Args:
        model: on its device.
        paths: clean images.
        quality: of the JPEGs.
        progress: called after each image.

    Raises:
        ValueError: an image cannot be read, or quality is none.
    """

    def measure(path: Path, place: int) -> dict[str, float]:
        grey = read_luma(path)
        clean, jpeg = grey / 255, compress(grey, quality) / 255
        start = time.perf_counter()
        restored = model(jpeg[None].to(model.device), quality)[0].cpu().clamp(0, 1)
        seconds = time.perf_counter() - start
        return {
            "psnr": psnr(restored, clean),
            "ssim": ssim(restored, clean),
            "jpeg_psnr": psnr(jpeg, clean),
            "jpeg_ssim": ssim(jpeg, clean),
            "seconds_per_image": seconds,
        }

    found = over_images(paths, measure, progress)
    return Deblocked(jpeg_quality=quality, images=len(paths), **found)
