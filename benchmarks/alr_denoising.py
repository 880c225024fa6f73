"""ALR's Table 2: denoising of whole images of CBSD68, one figure per image and method."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from alr_images import Test, bsd68, cbsd68, middle, released, shipped

import sparsight
from sparsight.bench import add_noise
from sparsight.metrics import psnr, ssim
from sparsight.models import Strengths
from sparsight.training.strengths import fit_strengths, middles

LEVELS = (0.1, 0.2, 0.4)
SIDE, FITTED_ON, FITTED_SIDE, FIRST = 96, 4, 64, 50.0
Restore = Callable[[torch.Tensor, float], torch.Tensor]
FIGURES = ("psnr", "ssim", "psnr_8bit", "seconds_per_image")


def nothing(data: Path, golden: Path | None) -> Restore:
    """The noisy image."""
    return lambda y, sigma: y


def critic(data: Path, golden: Path | None) -> Restore:
    """Ours."""
    return shipped("alr-color").denoise


def grey_critic(data: Path, golden: Path | None) -> Restore:
    """Ours on grey images."""
    return shipped("alr-gray").denoise


def published(data: Path, golden: Path | None) -> Restore:
    """The weights of the paper under our solver, with strengths fitted as ours are."""
    if golden is None:
        raise SystemExit("the published weights are in --golden GOLDEN")
    images = middles(data / "CBSD400", 3, FITTED_ON, FITTED_SIDE)
    table: Strengths = fit_strengths(released(golden), images, LEVELS, FIRST)
    return released(golden, table).denoise


def model(name: str) -> Callable[[Path, Path | None], Restore]:
    """A model of the zoo; grey ones go through luminance and chrominance."""
    return lambda data, golden: sparsight.load(name)


def bm3d(data: Path, golden: Path | None) -> Restore:
    """Colour BM3D of the bm3d package."""
    from bm3d import bm3d_rgb

    def restore(y: torch.Tensor, sigma: float) -> torch.Tensor:
        image = bm3d_rgb(y[0].permute(1, 2, 0).double().numpy(), sigma)
        return torch.from_numpy(np.asarray(image)).permute(2, 0, 1).float()[None]

    return restore


def epll(data: Path, golden: Path | None) -> Restore:
    """EPLL of DeepInverse, with a mixture that is fitted here."""
    from alr_epll import denoiser

    return denoiser(data / "CBSD400")


METHODS = {
    "noisy": nothing,
    "alr-color": critic,
    "published weights, our solver": published,
    "BM3D": bm3d,
    "EPLL": epll,
    "sc-gray": model("sc-gray"),
    "groupsc-gray": model("groupsc-gray"),
    "sc-color": model("sc-color"),
}
GREY = {"noisy": nothing, "alr-gray": grey_critic, "sc-gray": model("sc-gray")}


def measure(
    record: dict,
    methods: dict[str, Callable[[Path, Path | None], Restore]],
    tests: list[Test],
    folders: tuple[Path, Path | None],
    keep: Callable[[], None],
) -> None:
    """Adds to the record what it lacks, image by image.

    Args:
        record: method, level, image: figures.
        methods: what to measure.
        tests: clean images.
        folders: of data and of the published weights.
        keep: called after each image.
    """
    for name, make in methods.items():
        rows = record.setdefault(name, {})
        todo = [
            (level, test)
            for test in tests
            for level in LEVELS
            if test.name not in rows.setdefault(f"{level:g}", {})
        ]
        restore = make(*folders) if todo else None
        for level, test in todo:
            rows[f"{level:g}"][test.name] = figures(restore, test, level)
            keep()


@torch.no_grad()
def figures(restore: Restore, test: Test, sigma: float) -> list[float]:
    """PSNR, SSIM, PSNR rounded to 8 bits, seconds."""
    noisy = add_noise(test.clean, sigma, test.place)
    start = time.perf_counter()
    image = restore(noisy[None], sigma)[0].clamp(0, 1)
    seconds = time.perf_counter() - start
    rounded = (image * 255).round() / 255
    return [psnr(image, test.clean), ssim(image, test.clean), psnr(rounded, test.clean), seconds]


def colour_tests(data: Path, every: int) -> list[Test]:
    """Test images in colour."""
    return cbsd68(data, every)


def squares(data: Path, every: int) -> list[Test]:
    """Middle squares, for methods that are slow."""
    return [middle(test, SIDE) for test in cbsd68(data, every)]


def grey_tests(data: Path, every: int) -> list[Test]:
    """The same in grey."""
    return bsd68(data, every)


def bench_record(name: str, rows: dict, data: str) -> dict:
    """Means of a method, as `sparsight bench denoise` writes them."""
    results = []
    for level, images in rows.items():
        means = (sum(column) / len(images) for column in zip(*images.values(), strict=True))
        facts = dict(zip(FIGURES, means, strict=True))
        results.append({"sigma": 255 * float(level), **facts, "images": len(images)})
    return {"model": name, "data": data, "results": results}
