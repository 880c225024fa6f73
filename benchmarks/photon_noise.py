"""What it is worth to take noise of photons as such: docs/results/photons.md, written anew.

    python benchmarks/photon_noise.py BSD68

Photographs stand for scenes of which so many photons are counted where they are white. Noise of
reading has the same deviation everywhere, in photons; where it makes numbers negative, they stay
so, as in a camera that adds a constant. Each image is restored as if its noise were the same
everywhere, at the level that is estimated, and as noise of photons, whose two numbers are estimated
or given.
"""

import sys
from pathlib import Path

import torch
from torch import Tensor

import sparsight
from sparsight.cli.options import in_sets
from sparsight.data import benchmark_paths, read_image
from sparsight.metrics import estimate_shot_noise, estimate_sigma, psnr
from sparsight.models import Denoiser, PhotonDenoiser, Tiled

PAGE = Path(__file__).parents[1] / "docs" / "results" / "photons.md"
MODEL = "groupsc-gray"
EVERY = 4
CAMERAS = ((5, 0), (20, 0), (20, 2), (100, 0), (100, 5), (1000, 10))  # photons at white, reading
HEAD = """# Noise of photons

What `sparsight denoise --shot auto` is worth, on every {every}th image of {name} ({count}) by
`{model}`. Written by `python benchmarks/photon_noise.py {name}`.

Photographs stand for scenes of which so many photons are counted where they are white; noise of
reading, in photons, is the same everywhere. "One σ" takes all noise for the same everywhere, as
`denoise` does without `--shot`, at the level that it estimates. The two numbers of the noise of
photons, what a photon adds and the variance without light, are estimated from the image, or given.
The estimate's numbers were chosen on images of BSD400.

PSNR in dB, mean over the images:

| photons | reading | noisy | one σ | photons, estimated | given | error at 0.2 / 0.5 / 0.8 |
|---|---|---|---|---|---|---|
"""


def counted(clean: Tensor, peak: float, read: float, seed: int) -> Tensor:
    """What a camera sees, in units of white."""
    g = torch.Generator().manual_seed(seed)
    reading = torch.randn(clean.shape, generator=g)
    return (torch.poisson(clean * peak, generator=g) + read * reading) / peak


def restored_by_estimate(model: Denoiser | Tiled, y: Tensor, line: tuple[float, float]) -> Tensor:
    """As `sparsight denoise --shot auto` does."""
    slope, start = line
    if slope == 0:
        return model(y[None], sigma=estimate_sigma(y))[0]
    return PhotonDenoiser(model, slope, start)(y[None])[0]


def row(model: Denoiser | Tiled, images: list[Tensor], peak: float, read: float) -> str:
    """One camera."""
    scores, errors = [], []
    for seed, clean in enumerate(images):
        y = counted(clean, peak, read, seed)
        slope, start = estimate_shot_noise([y])
        kinds = (
            y,
            model(y[None], sigma=estimate_sigma(y))[0],
            restored_by_estimate(model, y, (slope, start)),
            PhotonDenoiser(model, 1 / peak, (read / peak) ** 2)(y[None])[0],
        )
        scores.append([float(psnr(kind, clean)) for kind in kinds])
        true = [v / peak + (read / peak) ** 2 for v in (0.2, 0.5, 0.8)]
        found = [max(0.0, slope * v + start) for v in (0.2, 0.5, 0.8)]
        errors.append([(f / t) ** 0.5 - 1 for f, t in zip(found, true, strict=True)])
    means = torch.tensor(scores).mean(0).tolist()
    worst = torch.tensor(errors).square().mean(0).sqrt().tolist()
    cells = [f"{peak}", f"{read}", *(f"{mean:.2f}" for mean in means)]
    return f"| {' | '.join([*cells, ' / '.join(f'{error:.0%}' for error in worst)])} |"


def main(folder: Path) -> None:
    """Measures all cameras."""
    paths = benchmark_paths(folder)[::EVERY]
    images = [read_image(path, 1).float() / 255 for path in paths]
    model = sparsight.load(MODEL)
    rows = []
    for peak, read in CAMERAS:
        rows.append(row(model, images, peak, read))
        print(rows[-1], flush=True)
    head = HEAD.format(every=EVERY, name=folder.name, count=len(images), model=MODEL)
    end = "Errors: of the estimated standard deviation, at shares of white; root mean squares."
    PAGE.write_text("\n".join([head + rows[0], *rows[1:], "", end, ""]), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("give a folder of images, or the name of a dataset")
    found = in_sets(Path(sys.argv[1]))
    assert isinstance(found, Path)
    main(found)
