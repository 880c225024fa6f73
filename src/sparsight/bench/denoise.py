"""Gaussian denoising: PSNR and SSIM over a folder, under the project's protocol.

Noise is added in float and neither clipped nor rounded. The generator's seed is the place of
the image in the sorted folder, so an image has the same noise, up to its level, in every run
and for every model. The restored image is clipped to [0, 1]. PSNR of colour images is over all
three channels.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from sparsight.bench.scores import over_images, score
from sparsight.data import read_image
from sparsight.models import Denoiser, Tiled


@dataclass(frozen=True)
class Result:
    """Means over the images of a folder at one noise level.

    Attributes:
        sigma: noise level, 8-bit units.
        psnr: in dB.
        ssim: structural similarity.
        psnr_8bit: in dB, of the restored image rounded to 8 bits.
        images: how many.
        seconds_per_image: spent by the model.
    """

    sigma: float
    psnr: float
    ssim: float
    psnr_8bit: float
    images: int
    seconds_per_image: float


def bench_denoise(
    model: Denoiser | Tiled,
    paths: Sequence[Path],
    sigma: float,
    progress: Callable[[], None] = lambda: None,
) -> Result:
    """Restores noisy versions of clean images and compares.

    Args:
        model: grey models see the images in grey.
        paths: clean images, sorted; the noise of each depends on its place.
        sigma: noise level, 8-bit units.
        progress: called after each image.

    Returns:
        The means.

    Raises:
        ValueError: an image cannot be read or is too small.
    """

    def measure(path: Path, place: int) -> dict[str, float]:
        clean = read_image(path, model.channels).float() / 255
        noisy = add_noise(clean, sigma / 255, place)
        start = time.perf_counter()
        restored = model(noisy[None].to(model.device), sigma / 255)[0].cpu()
        seconds = time.perf_counter() - start
        return {**score(restored, clean), "seconds_per_image": seconds}

    return Result(sigma=sigma, images=len(paths), **over_images(paths, measure, progress))


def add_noise(clean: Float[Tensor, "c h w"], sigma: float, seed: int) -> Float[Tensor, "c h w"]:
    """Adds white Gaussian noise.

    Args:
        clean: in [0, 1].
        sigma: noise level in [0, 1] units.
        seed: of the noise.
    """
    generator = torch.Generator().manual_seed(seed)
    return clean + sigma * torch.randn(clean.shape, generator=generator)
