"""Compressed-sensing MRI: PSNR over a folder of magnitude images (Games table 4).

An image stands for its scan: its frequencies under a mask are what is observed, without noise.
Restored images are clipped to [0, 1], the peak is 1.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from sparsight.bench.scores import over_images
from sparsight.data import read_image, undersample
from sparsight.metrics import psnr, ssim
from sparsight.models import Unrolled

Restore = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class ScanResult:
    """Means over the images of a folder at one rate.

    Attributes:
        rate: frequencies observed, percent.
        psnr: in dB.
        ssim: structural similarity.
        images: how many.
        seconds_per_image: spent by the model.
    """

    rate: float
    psnr: float
    ssim: float
    images: int
    seconds_per_image: float


def zero_filled(y: Tensor, rate: Tensor) -> Tensor:
    """What any model has to better: the transform of what was observed, 0 elsewhere."""
    return torch.fft.ifft2(y, norm="ortho").real


def bench_scans(
    restore: Unrolled | Restore,
    paths: Sequence[Path],
    mask: Float[Tensor, "1 h w"],
    progress: Callable[[], None] = lambda: None,
) -> ScanResult:
    """Restores images from part of their frequencies and compares.

    Args:
        restore: a model of scans, or `zero_filled`.
        paths: magnitude images of the size of the mask.
        mask: zero frequency at [0, 0].
        progress: called after each image.

    Returns:
        The means.

    Raises:
        ValueError: an image cannot be read, or has another size than the mask.
    """

    @torch.inference_mode()
    def measure(path: Path, place: int) -> dict[str, float]:
        clean = read_image(path, 1).float() / 255
        if clean.shape != mask.shape:
            (h, w), (rows, columns) = clean.shape[1:], mask.shape[1:]
            raise ValueError(f"{path} is {h}x{w}, the mask {rows}x{columns}; they must be alike")
        y, rate = undersample(clean, mask)
        start = time.perf_counter()
        restored = restore(y[None], rate[None])[0].clamp(0, 1)
        seconds = time.perf_counter() - start
        quality, likeness = psnr(restored, clean), ssim(restored, clean)
        return {"psnr": quality, "ssim": likeness, "seconds_per_image": seconds}

    means = over_images(paths, measure, progress)
    return ScanResult(rate=100 * mask.mean().item(), images=len(paths), **means)
