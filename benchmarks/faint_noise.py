"""Noise fainter than any that models were trained for: docs/results/faint.md, written anew.

    python benchmarks/faint_noise.py BSD68 CBSD68

What a model changes counts as far as it can be noise (`sparsight.models.faint`). Beside it stands
all that the model changes.
"""

import sys
from pathlib import Path

import torch
from torch import Tensor

from sparsight.bench.denoise import add_noise
from sparsight.data import image_paths, read_image
from sparsight.metrics import psnr
from sparsight.zoo import load_denoiser

PAGE = Path(__file__).parents[1] / "docs" / "results" / "faint.md"
SIGMAS = (0.5, 1, 2, 3, 4)
MODELS = {1: ("groupsc-gray", "sc-gray", "nsr-denoise-gray"), 3: ("groupsc-color", "sc-color")}
EVERY = 4  # images
HEAD = """# Noise fainter than any that models were trained for

PSNR in dB. Models of all levels are trained from σ = 5 up. Where there is less noise, what they
change counts only as far as it can be noise, measured over the 17 × 17 pixels about each; beside it
stands all that they change. σ is known here, noise is neither clipped nor rounded. Written by
`python benchmarks/faint_noise.py {folders}`.
"""


def figures(name: str, images: list[Tensor], whole: bool) -> list[str]:
    """The mean at every level."""
    restorer = load_denoiser(name)
    if whole:
        restorer.lowest = 0.0
    means = []
    for sigma in SIGMAS:
        found = [
            psnr(restorer(add_noise(clean, sigma / 255, k)[None], sigma / 255)[0], clean)
            for k, clean in enumerate(images)
        ]
        means.append(f"{torch.tensor(found).mean():.2f}")
    return means


def table(folder: Path) -> str:
    """The figures on a folder of images, in colour if its name begins with a C."""
    channels = 3 if folder.name.startswith("C") else 1
    paths = image_paths(folder)[::EVERY]
    images = [read_image(path, channels).float() / 255 for path in paths]
    noisy = [
        torch.tensor([psnr(add_noise(x, s / 255, k), x) for k, x in enumerate(images)]).mean()
        for s in SIGMAS
    ]
    rows = [["noisy", "", *(f"{mean:.2f}" for mean in noisy)]]
    for name in MODELS[channels]:
        rows.append([f"`{name}`", "as far as it can be noise", *figures(name, images, False)])
        rows.append(["", "all that it changes", *figures(name, images, True)])
    lines = [
        f"## {folder.name}, every fourth image: {len(images)}\n",
        "| model | what counts | " + " | ".join(f"σ = {sigma:g}" for sigma in SIGMAS) + " |",
        "|---" * (2 + len(SIGMAS)) + "|",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    folders = [Path(name) for name in sys.argv[1:]]
    head = HEAD.format(folders=" ".join(folder.name for folder in folders))
    PAGE.write_text("\n".join([head, *map(table, folders)]), encoding="utf-8")
