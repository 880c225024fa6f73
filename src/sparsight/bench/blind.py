"""Denoising where nobody says how noisy the image is.

The noise level is estimated from the noisy image itself (`metrics.estimate_sigma`); the model, the
noise and the measures are those of `bench.denoise`.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from sparsight.bench.denoise import add_noise
from sparsight.bench.scores import over_images, score
from sparsight.data import read_image
from sparsight.metrics import estimate_sigma
from sparsight.models import Denoiser, Tiled


def bench_blind(
    model: Denoiser | Tiled,
    paths: Sequence[Path],
    sigma: float,
    progress: Callable[[], None] = lambda: None,
) -> dict[str, float]:
    """Restores noisy versions of clean images, their noise level estimated.

    Args:
        model: of the images' channels.
        paths: clean images, in the order of their set; the noise of each depends on its place.
        sigma: noise level, 8-bit units.
        progress: called after each image.

    Returns:
        Means: `psnr`, `ssim`, `psnr_8bit`, and `sigma`, the estimate in 8-bit units.

    Raises:
        ValueError: an image cannot be read or is too small.
    """

    def measure(path: Path, place: int) -> dict[str, float]:
        clean = read_image(path, model.channels).float() / 255
        noisy = add_noise(clean, sigma / 255, place)
        estimate = min(estimate_sigma(noisy), 1.0)
        restored = model(noisy[None].to(model.device), estimate)[0].cpu()
        return {**score(restored, clean), "sigma": 255 * estimate}

    return over_images(paths, measure, progress)
