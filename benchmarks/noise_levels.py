"""How near the estimates of the noise level come: docs/results/noise.md, written anew.

    python benchmarks/noise_levels.py BSD68 CBSD68

Noise is that of the papers' tables, which is never cut off, or that of a file of 8 bits, which is
cut off at black and white and rounded, or such a file saved as a JPEG, whose colour has half the
resolution. Beside `metrics.estimate_sigma` stands scikit-image's
`restoration.estimate_sigma`, the median of wavelet coefficients, which needs PyWavelets.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from PIL import Image
from skimage.restoration import estimate_sigma as estimate_by_wavelets
from torch import Tensor

from sparsight.bench.denoise import add_noise
from sparsight.cli.noise import estimate_noise
from sparsight.cli.options import in_sets
from sparsight.data import image_paths, read_image
from sparsight.files import open_photo
from sparsight.metrics import estimate_sigma

PAGE = Path(__file__).parents[1] / "docs" / "results" / "noise.md"
SIGMAS = (2, 5, 10, 15, 25, 50)
QUALITY = 95
HEAD = """# How noisy is it?

Mean and greatest error of the noise level that `sparsight denoise` finds in a photograph, in 8-bit
units, beside the wavelet estimate of scikit-image. Written by
`python benchmarks/noise_levels.py {folders}`.

The level is read off patches whose pixels differ no more than noise alone would make them (Liu,
Tanaka and Okutomi, 2013), in shades where noise is not cut off by black or white. Its few numbers
were chosen on images of CBSD400. Of colour JPEGs, which keep colour at half the resolution, luma is
looked at.
"""


def wavelets(image: Tensor) -> float:
    """The estimate of scikit-image, channels averaged."""
    return float(estimate_by_wavelets(image.numpy(), average_sigmas=True, channel_axis=0))


def exact(noisy: Tensor) -> Tensor:
    return noisy


def stored(noisy: Tensor) -> Tensor:
    """As a file of 8 bits holds it."""
    return (noisy.clamp(0, 1) * 255).round() / 255


def middle(side: int) -> Callable[[Tensor], Tensor]:
    """The middle square of an image, its noise exact."""

    def kept(noisy: Tensor) -> Tensor:
        top, left = ((length - side) // 2 for length in noisy.shape[1:])
        return noisy[:, top : top + side, left : left + side]

    return kept


def of_a_jpeg(noisy: Tensor) -> float:
    """What `sparsight denoise` finds in a JPEG of the image."""
    pixels = (noisy * 255).round().byte().permute(1, 2, 0).squeeze(2).numpy()
    with TemporaryDirectory() as folder:
        path = Path(folder, "a.jpg")
        Image.fromarray(pixels).save(path, quality=QUALITY, subsampling="4:2:0")
        return estimate_noise(open_photo(path)) / 255


ESTIMATES = (
    ("sparsight", "exact", estimate_sigma, exact),
    *(("sparsight", f"exact, middle {s} × {s}", estimate_sigma, middle(s)) for s in (64, 128)),
    ("sparsight", "8 bits", estimate_sigma, stored),
    ("sparsight", f"JPEG, quality {QUALITY}", of_a_jpeg, stored),
    ("scikit-image", "exact", wavelets, exact),
    ("scikit-image", "8 bits", wavelets, stored),
)


def row(
    images: list[Tensor], estimate: Callable[[Tensor], float], kept: Callable[[Tensor], Tensor]
) -> list[str]:
    """Mean error and greatest error at every level."""
    cells = []
    for sigma in SIGMAS:
        noisy = [kept(add_noise(clean, sigma / 255, k)) for k, clean in enumerate(images)]
        errors = torch.tensor([255 * estimate(image) - sigma for image in noisy])
        cells.append(f"{errors.mean():+.2f} / {errors.abs().max():.2f}".replace("-", "−"))
    return cells


def table(folder: Path) -> str:
    """The errors on a folder of images, in colour if its name begins with a C."""
    paths = image_paths(folder)
    channels = 3 if folder.name.startswith("C") else 1
    images = [read_image(path, channels).float() / 255 for path in paths]
    lines = [
        f"## {folder.name}, {len(images)} images, {'colour' if channels == 3 else 'grey'}\n",
        "| estimate | noise | " + " | ".join(f"σ = {sigma}" for sigma in SIGMAS) + " |",
        "|---" * (2 + len(SIGMAS)) + "|",
    ]
    for name, what, estimate, kept in ESTIMATES:
        lines.append(f"| {name} | {what} | {' | '.join(row(images, estimate, kept))} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    folders = in_sets([Path(name) for name in sys.argv[1:]])
    head = HEAD.format(folders=" ".join(folder.name for folder in folders))
    PAGE.write_text("\n".join([head, *map(table, folders)]), encoding="utf-8")
