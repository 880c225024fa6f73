"""Demosaicking: PSNR over a folder of colour images (GroupSC table 5).

Each image is seen through a Bayer pattern, without noise. PSNR is over all three channels and the
whole image. Some papers leave out a border of ten pixels, others take the mean over channels of
each one's PSNR, so these are measured too, and SSIM in uniform windows beside the Gaussian one.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from sparsight.bench.scores import over_images, score
from sparsight.data import read_image
from sparsight.metrics import channel_psnr, psnr, shaved, uniform_ssim
from sparsight.operators import bayer_mask

PATTERN = "RGGB"
BORDER = 10


class Restorer(Protocol):
    """Fills what is NaN, as `Filler` does."""

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        ...

    def __call__(self, y: Tensor) -> Tensor:
        """(b, 3, h, w) in [0, 1], NaN where nothing was observed."""
        ...


def bench_demosaick(
    model: Restorer, paths: Sequence[Path], progress: Callable[[], None] = lambda: None
) -> dict[str, float]:
    """Takes two of three samples of each pixel away, restores them, and compares.

    Args:
        model: fills gaps in RGB images.
        paths: clean images.
        progress: called after each image.

    Returns:
        Means: `psnr`, `ssim`, `psnr_8bit`, `psnr_channels`, `ssim_uniform` of whole images,
        `psnr_inner` without the border.

    Raises:
        ValueError: an image cannot be read or is too small.
    """

    def measure(path: Path, place: int) -> dict[str, float]:
        clean = read_image(path, 3).float() / 255
        seen = bayer_mask(PATTERN, (clean.shape[1], clean.shape[2]))[0]
        mosaic = clean.masked_fill(seen == 0, torch.nan)
        restored = model(mosaic[None].to(model.device))[0].cpu()
        return {
            **score(restored, clean),
            "psnr_channels": channel_psnr(restored, clean),
            "psnr_inner": psnr(shaved(restored, BORDER), shaved(clean, BORDER)),
            "ssim_uniform": uniform_ssim(restored, clean),
        }

    return over_images(paths, measure, progress)
