"""Super-resolution: PSNR and SSIM of luma over a folder, beside bicubic interpolation.

Clean images lose the rows and columns that make no multiple of the scale, are reduced bicubically
and rounded to 8 bits. Enlarged images are rounded too; BT.601 luma is compared without a border of
`scale` pixels (NSR section 4.1). Files of one channel are compared in grey.
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
from sparsight.data import channels_of, fit_scale, read_image, reduce_image
from sparsight.metrics import luma, psnr, shaved, ssim
from sparsight.ops import resize_bicubic

WINDOW = 11  # of SSIM, in pixels


class Enlarger(Protocol):
    """Makes images a whole number of times larger."""

    @property
    def scale(self) -> int:
        """How many times."""
        ...

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        ...

    def __call__(self, x: Tensor) -> Tensor:
        """(b, c, h, w) -> (b, c, scale h, scale w)."""
        ...


@dataclass(frozen=True)
class Bicubic:
    """What any model has to better.

    Args:
        scale: how many times larger.
    """

    scale: int
    device: torch.device = torch.device("cpu")

    def __call__(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c _ _"]:
        """Images enlarged by interpolation."""
        return resize_bicubic(x, (self.scale * x.shape[2], self.scale * x.shape[3]))


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
    model: Enlarger, paths: Sequence[Path], progress: Callable[[], None] = lambda: None
) -> Upscaled:
    """Enlarges reduced versions of clean images and compares.

    Args:
        model: enlarges RGB images.
        paths: clean images.
        progress: called after each image.

    Raises:
        ValueError: an image cannot be read.
    """
    scale = model.scale

    def measure(path: Path, place: int) -> dict[str, float]:
        clean = fit_scale(read_image(path, channels_of(path)), scale) / 255
        if min(clean.shape[1:]) < WINDOW + 2 * scale:
            raise ValueError(
                f"{path} is too small; SSIM needs {WINDOW} x {WINDOW} pixels within a border of "
                f"{scale}"
            )
        small = reduce_image(clean, scale)[None]
        start = time.perf_counter()
        restored = model(small.to(model.device))[0].cpu()
        seconds = time.perf_counter() - start
        bicubic = Bicubic(scale)(small)[0]
        ours, plain, theirs = (shaved(luma(x), scale) for x in (restored, bicubic, clean))
        return {
            "psnr": psnr(ours, theirs),
            "ssim": ssim(ours, theirs),
            "bicubic_psnr": psnr(plain, theirs),
            "bicubic_ssim": ssim(plain, theirs),
            "seconds_per_image": seconds,
        }

    return Upscaled(scale=scale, images=len(paths), **over_images(paths, measure, progress))
