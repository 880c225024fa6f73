"""Denoising by a patch critic: PSNR over a folder (ALR table 2), noise levels in [0, 1] units."""

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from sparsight.bench.denoise import add_noise
from sparsight.bench.scores import over_images, score
from sparsight.data import read_image

Restore = Callable[[Tensor, float], Tensor]


def as_it_is(y: Tensor, sigma: float) -> Tensor:
    """What any model has to better: the noisy image."""
    return y


@torch.no_grad()
def bench_critic(
    restore: Restore,
    paths: Sequence[Path],
    sigma: float,
    progress: Callable[[], None] = lambda: None,
) -> dict[str, float]:
    """Restores noisy versions of clean colour images and compares.

    Args:
        restore: (noisy images, noise level in [0, 1] units) -> restored ones.
        paths: clean images, in the order of their set; the noise of each depends on its place.
        sigma: noise level, [0, 1] units.
        progress: called after each image.

    Returns:
        Means: `psnr`, `ssim`, `psnr_8bit`.

    Raises:
        ValueError: an image cannot be read.
    """

    def measure(path: Path, place: int) -> dict[str, float]:
        clean = read_image(path, 3).float() / 255
        return score(restore(add_noise(clean, sigma, place)[None], sigma)[0], clean)

    return over_images(paths, measure, progress)
