"""What no Laplacian game can exceed: the best linear filter there is, measured on BSD68.

    python benchmarks/linear_limit.py BSD400 BSD68

A Laplacian game of fixed weights is linear in the noisy image and, borders apart, the same at
every pixel. The best such filter of a mean spectrum P keeps P / (P + sigma^2) of every frequency
(Wiener). Images are mirrored at their borders, and count in the mean by the inverse of what is
left of their noise, as the mean of decibels wants it. Two filters are measured: that of the
training images, and that of the very images it is measured on, which no trained game can know.
docs/results/games-linear.json keeps both.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from sparsight.data import AddNoise, image_paths, read_image
from sparsight.metrics import psnr

KEPT = Path(__file__).parents[1] / "docs" / "results" / "games-linear.json"
SIGMA = 25 / 255
ROUNDS = 4


def mirrored(image: Tensor) -> Tensor:
    """The image and its reflections: periodic without edges."""
    image = torch.cat([image, image.flip(0)], 0)
    return torch.cat([image, image.flip(1)], 1)


def power(image: Tensor, size: tuple[int, int]) -> Tensor:
    """The spectrum's power per pixel, sampled for mirrored images of this size."""
    both = mirrored(image)
    found = torch.fft.fft2(both).abs().square() / both.numel()
    if found.shape == (2 * size[0], 2 * size[1]):
        return found
    # Frequencies up to the highest, which are all there is of a mirrored image.
    quarter = found[: image.shape[0], : image.shape[1]].log()[None, None]
    return mirrored(F.interpolate(quarter, size, mode="bilinear")[0, 0].exp())


def best_filter(images: Sequence[Tensor], size: tuple[int, int]) -> Tensor:
    """What to keep of every frequency."""
    spectra = torch.stack([power(image, size) for image in images])
    kept = _wiener(spectra.mean(0))
    for _ in range(ROUNDS):
        left = ((1 - kept) ** 2 * spectra + kept**2 * SIGMA**2).mean((1, 2))
        kept = _wiener((spectra / left[:, None, None]).sum(0) / (1 / left).sum())
    return kept


def _wiener(mean: Tensor) -> Tensor:
    return mean / (mean + SIGMA**2)


def measure(kept: Tensor, images: Sequence[Tensor]) -> float:
    """Mean PSNR."""
    total = 0.0
    for number, clean in enumerate(images):
        noisy, _ = AddNoise(SIGMA)(clean[None], number)
        spectrum = torch.fft.fft2(mirrored(noisy[0])) * kept
        restored = torch.fft.ifft2(spectrum).real[: clean.shape[0], : clean.shape[1]]
        total += psnr(restored[None].clamp(0, 1), clean[None])
    return total / len(images)


def load(folder: Path) -> list[Tensor]:
    """Grey images, all lying on their long side."""
    images = [read_image(path, 1)[0].float() / 255 for path in image_paths(folder)]
    return [image if image.shape[0] <= image.shape[1] else image.T for image in images]


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    training, test = (load(Path(folder)) for folder in sys.argv[1:])
    size = (test[0].shape[0], test[0].shape[1])
    found = {
        name: round(measure(best_filter(images, size), test), 4)
        for name, images in (("training images", training), ("test images", test))
    }
    print(found)
    KEPT.write_text(json.dumps(found, indent=1) + "\n")
