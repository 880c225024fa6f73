"""ALR section 5.2: a Gaussian blur, and the eight kernels of camera shake of Levin et al."""

from pathlib import Path

import numpy as np
import torch
from alr_images import Test, cbsd68, gaussian, middle, shipped

from sparsight.bench import add_noise
from sparsight.metrics import psnr
from sparsight.models import LocalRegularizer
from sparsight.operators import Blur

MOST = 100
SHARP_NOISE, SHAKE_NOISE = 0.03, 0.01
EVERY, SHAKEN, SIDE = 12, 34, 128


@torch.no_grad()
def deblur(
    regularizer: LocalRegularizer, kernel: torch.Tensor, test: Test, sigma: float
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """What was observed, what was restored and what was there, where all three are."""
    blur = Blur(kernel)
    y = add_noise(blur.A(test.clean[None])[0], sigma, test.place)[None]
    start = blur.extend(y)
    solver = regularizer.problem(blur, (start.shape[2], start.shape[3]), sigma, most=MOST)
    restored = blur.crop(solver(y, sigma, start).x)[0].clamp(0, 1)
    return y[0].clamp(0, 1), restored, blur.crop(test.clean[None])[0]


def qualities(regularizer, kernel: torch.Tensor, test: Test, sigma: float) -> list[float]:
    """PSNR before and after."""
    blurred, restored, clean = deblur(regularizer, kernel, test, sigma)
    return [psnr(blurred, clean), psnr(restored, clean)]


def by_gaussian(data: Path) -> dict:
    """7 x 7 Gaussian of sigma 3, noise of 0.03, on middle squares."""
    regularizer, kernel = shipped(), gaussian(7, 3.0)
    return {
        test.name: qualities(regularizer, kernel, test, SHARP_NOISE) for test in cbsd68(data, EVERY)
    }


def by_shake(data: Path) -> dict:
    """The eight kernels on middle squares."""
    regularizer, rows = shipped(), {}
    tests = [middle(test, SIDE) for test in cbsd68(data, SHAKEN)]
    for path in sorted((data / "kernels").glob("levin09_*.npy")):
        kernel = torch.from_numpy(np.load(path)).float()
        each = {test.name: qualities(regularizer, kernel, test, SHAKE_NOISE) for test in tests}
        rows[path.stem] = {"size": "×".join(map(str, kernel.shape)), "images": each}
    return rows
