"""Quality of patch critics: writes docs/results/alr.json and, from it, docs/results/alr.md.

    python benchmarks/alr.py critic published deblurring scores --data DATA --golden GOLDEN

Each part may be run alone; the others keep what was measured before. Without a part only the
document is written anew. DATA holds CBSD68, CBSD400 and kernels; GOLDEN, which may be left out,
the weights that were published with the paper (alr_critic_weights.safetensors).
"""

import argparse
import json
import math
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from alr_document import EVERY, SIDE, document
from safetensors.torch import load_file

import sparsight
from sparsight.bench import add_noise
from sparsight.data import image_paths, read_image
from sparsight.metrics import psnr, ssim
from sparsight.models import LocalRegularizer, strengths_of
from sparsight.operators import Blur, Identity
from sparsight.penalties import Layer, PatchCritic
from sparsight.recipes.alr import published
from sparsight.training.critic import duality
from sparsight.training.strengths import best_strength, middles, quality
from sparsight.zoo import load_critic

FOLDER = Path(__file__).parents[1] / "docs" / "results"
RECORD = FOLDER / "alr.json"
LEVELS = (0.1, 0.2, 0.4)
FITTED_ON, FIRST, PUBLISHED_LEVELS = 4, 60.0, 1


def squares(data: Path, every: int = EVERY, side: int = SIDE) -> list[torch.Tensor]:
    """The middle squares of every so many test images."""
    images = [read_image(path, 3) for path in image_paths(data / "CBSD68")[::every]]
    places = [((image.shape[1] - side) // 2, (image.shape[2] - side) // 2) for image in images]
    return [
        image[:, top : top + side, left : left + side].float() / 255
        for image, (top, left) in zip(images, places, strict=True)
    ]


def ours(name: str = "alr-color") -> LocalRegularizer:
    """A critic of the zoo with its table."""
    critic, record = load_critic(name)
    return LocalRegularizer(critic, strengths_of(record))


def released(golden: Path) -> LocalRegularizer:
    """The published critic; its strengths are fitted here."""
    weights = load_file(golden / "alr_critic_weights.safetensors")
    return LocalRegularizer(published(weights).requires_grad_(False))


def measure(restore: Callable[[torch.Tensor], torch.Tensor], images, sigma: float) -> dict:
    """Means over noisy images, as `sparsight bench denoise` has them."""
    rows = []
    for place, clean in enumerate(images):
        noisy, start = add_noise(clean, sigma, place), time.perf_counter()
        restored = restore(noisy).clamp(0, 1)
        seconds = time.perf_counter() - start
        rounded = (restored * 255).round() / 255
        rows.append((psnr(restored, clean), ssim(restored, clean), psnr(rounded, clean), seconds))
    means = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
    names = ("psnr", "ssim", "psnr_8bit", "seconds_per_image")
    return {"sigma": 255 * sigma, **dict(zip(names, means, strict=True)), "images": len(images)}


def at_levels(method: Callable, images) -> dict:
    """What a method of images and noise levels does at each level."""
    return {f"{s:g}": measure(partial(at_level, method, s), images, s) for s in LEVELS}


def critic(data: Path, golden: Path | None) -> dict:
    """Table 2: nothing at all, and our critic."""
    images, regularizer = squares(data), ours()
    rows = {"noisy": at_levels(lambda y, s: y, images)}
    return {**rows, "alr-color": at_levels(lambda y, s: regularizer.denoise(y[None], s)[0], images)}


def bm3d(data: Path, golden: Path | None) -> dict:
    """Table 2: BM3D."""
    return {"BM3D (bm3d_rgb)": at_levels(bm3d_of, squares(data))}


def group(data: Path, golden: Path | None) -> dict:
    """Table 2: sparse codes."""
    model = sparsight.load("sc-gray")
    return {"sc-gray": at_levels(lambda y, s: model(y[None], s)[0], squares(data))}


def at_level(method: Callable, sigma: float, y: torch.Tensor) -> torch.Tensor:
    """A method of images and noise levels at one level."""
    return method(y, sigma)


def gray(data: Path, golden: Path | None) -> dict:
    """The grey critic on the same squares in grey."""
    weights = torch.tensor([0.299, 0.587, 0.114])[:, None, None]
    images = [(weights * image).sum(0, keepdim=True) for image in squares(data)]
    regularizer = ours("alr-gray")
    rows = {"noisy": at_levels(lambda y, s: y, images)}
    return {**rows, "alr-gray": at_levels(lambda y, s: regularizer.denoise(y[None], s)[0], images)}


def published_weights(data: Path, golden: Path | None) -> dict:
    """The published critic under our solver, its strengths fitted as ours are."""
    if golden is None:
        raise SystemExit("the published weights are in --golden GOLDEN")
    regularizer, images, rows = released(golden), squares(data), {}
    train, strength = middles(data / "CBSD400", 3, FITTED_ON, SIDE), FIRST
    for sigma in LEVELS[:PUBLISHED_LEVELS]:
        strength = best_strength(partial(quality, regularizer, train, sigma), strength)
        restore = partial(solve, regularizer, sigma, strength)
        rows[f"{sigma:g}"] = {**measure(restore, images, sigma), "strength": strength}
    return {"published weights, our solver": rows}


def solve(critic: LocalRegularizer, sigma: float, strength: float, y: torch.Tensor) -> torch.Tensor:
    """One image, with a strength of one's own."""
    solver = critic.problem(Identity(), (y.shape[1], y.shape[2]), sigma, strength)
    return solver(y[None], sigma).x[0]


def bm3d_of(y: torch.Tensor, sigma: float) -> torch.Tensor:
    """Colour BM3D of the bm3d package."""
    from bm3d import bm3d_rgb

    restored = bm3d_rgb(y.permute(1, 2, 0).double().numpy(), sigma)
    return torch.from_numpy(np.asarray(restored)).permute(2, 0, 1).float()


def deblur(critic: LocalRegularizer, kernel: torch.Tensor, clean: torch.Tensor, place: int, s):
    """PSNR of the blurred and of the restored image, where both are."""
    blur = Blur(kernel)
    y = add_noise(blur.A(clean[None])[0], s, place)[None]
    start = blur.extend(y)
    solver = critic.problem(blur, (start.shape[2], start.shape[3]), s, most=150)
    inner = blur.crop(clean[None])[0]
    return psnr(y[0], inner), psnr(blur.crop(solver(y, s, start).x)[0], inner)


def deblurring(data: Path, golden: Path | None) -> dict:
    """Figure 5: 7 x 7 Gaussian of sigma 3, noise of 0.03."""
    line = torch.exp(-((torch.arange(7) - 3.0) ** 2) / 18)
    kernel = torch.outer(line, line) / line.sum() ** 2
    critic = ours()
    pairs = [deblur(critic, kernel, x, i, 0.03) for i, x in enumerate(squares(data, 6))]
    blurred, restored = (sum(column) / len(pairs) for column in zip(*pairs, strict=True))
    return {"blurred": blurred, "restored": restored, "images": len(pairs)}


def photo(data: Path, golden: Path | None) -> dict:
    """The picture of the README: the bundled photograph blurred, restored, and as it was."""
    from PIL import Image

    import sparsight.files

    demo = read_image(Path(sparsight.files.__file__).with_name("demo.png"), 3)
    clean = demo[:, :192, :192].float() / 255
    line = torch.exp(-((torch.arange(7) - 3.0) ** 2) / 18)
    blur = Blur(torch.outer(line, line) / line.sum() ** 2)
    y = add_noise(blur.A(clean[None])[0], 0.03, 0)[None]
    start = blur.extend(y)
    solver = ours().problem(blur, (start.shape[2], start.shape[3]), 0.03, most=150)
    restored, inner = blur.crop(solver(y, 0.03, start).x)[0], blur.crop(clean[None])[0]
    row = torch.cat([y[0], restored, inner], 2).clamp(0, 1)
    pixels = (255 * row).round().byte().permute(1, 2, 0).numpy()
    Image.fromarray(pixels).resize((3 * 372, 372), Image.Resampling.NEAREST).save(
        FOLDER.parent / "deblur.png", optimize=True
    )
    return {"blurred": psnr(y[0], inner), "restored": psnr(restored, inner)}


def levin(data: Path, golden: Path | None) -> list[dict]:
    """The eight kernels of camera shake, noise of 0.01."""
    critic, rows = ours(), []
    for path in sorted((data / "kernels").glob("levin09_*.npy")):
        kernel = torch.from_numpy(np.load(path)).float()
        pairs = [deblur(critic, kernel, x, i, 0.01) for i, x in enumerate(squares(data, 34, 128))]
        blurred, restored = (sum(column) / len(pairs) for column in zip(*pairs, strict=True))
        size = "x".join(map(str, kernel.shape))
        rows.append({"kernel": path.stem, "size": size, "blurred": blurred, "restored": restored})
    return rows


def scores(data: Path, golden: Path | None) -> dict:
    """Figure 3: distributions of r at four noise levels."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    critic = load_critic("alr-color")[0]
    images, means = squares(data, 10), {}
    figure, axes = plt.subplots(figsize=(6, 3.2))
    for sigma in (0.0, 0.05, 0.1, 0.15):
        r = torch.cat(
            [critic(add_noise(x, sigma, i)[None]).flatten() for i, x in enumerate(images)]
        )
        axes.hist(r.numpy(), 80, density=True, histtype="step", label=f"σ = {sigma:g}")
        means[f"{sigma:g}"] = r.mean().item()
    axes.set(xlabel="r of a patch", yticks=[])
    axes.legend()
    figure.savefig(FOLDER / "alr_scores.png", dpi=120, bbox_inches="tight")
    return means


def circle(data: Path, golden: Path | None) -> dict:
    """Figure 1: clean points on a circle, noisy ones about it, r learned by algorithm 1."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    torch.manual_seed(0)
    # A point is an image of two channels and one pixel.
    critic = PatchCritic(2, [Layer(64, 1), Layer(64, 1), Layer(1, 1)])
    adam = torch.optim.Adam(critic.parameters(), 3e-3)
    fall = torch.optim.lr_scheduler.ExponentialLR(adam, 0.1 ** (1 / 1000))
    generator = torch.Generator().manual_seed(0)
    for _ in range(2000):
        clean, other = on_circle(256, generator), on_circle(256, generator)
        noisy = other + 0.3 * torch.randn(other.shape, generator=generator)
        gap, slopes, _ = duality(
            critic, clean, noisy, torch.rand(256, 1, 1, 1, generator=generator)
        )
        adam.zero_grad()
        # Patches differ by 4 in the mean, points by a quarter: mu of 5 would drown the gap.
        (0.3 * (slopes - 1).square().mean() - gap).backward()
        adam.step()
        fall.step()
    grid = torch.linspace(-2, 2, 81)
    points = torch.cartesian_prod(grid, grid)[:, :, None, None].requires_grad_()
    r = critic(points)
    distance = (points.flatten(1).norm(dim=1) - 1).abs().detach()
    near = distance < 0.5
    likeness = torch.corrcoef(torch.stack([r.flatten().detach()[near], distance[near]]))[0, 1]
    figure, axes = plt.subplots(figsize=(4, 4))
    axes.contourf(grid, grid, r.detach().reshape(81, 81).T, 30)
    clean, other = on_circle(150, generator).flatten(1), on_circle(150, generator)
    noisy = (other + 0.3 * torch.randn(other.shape, generator=generator)).flatten(1)
    axes.plot(*clean.T, "b.", *noisy.T, "rx", markersize=4)
    axes.set_aspect("equal")
    figure.savefig(FOLDER / "alr_circle.png", dpi=120, bbox_inches="tight")
    return {"correlation with the distance to the circle": likeness.item()}


def on_circle(count: int, generator: torch.Generator) -> torch.Tensor:
    """Points of the unit circle, (count, 2, 1, 1)."""
    angle = 2 * math.pi * torch.rand(count, generator=generator)
    return torch.stack([angle.cos(), angle.sin()], 1)[:, :, None, None]


PARTS = {
    "critic": critic,
    "bm3d": bm3d,
    "codes": group,
    "published": published_weights,
    "gray": gray,
    "deblurring": deblurring,
    "photo": photo,
    "levin": levin,
    "scores": scores,
    "circle": circle,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", help=", ".join(PARTS))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--golden", type=Path)
    what = "write what was measured of a model as `sparsight bench` does, for publish.py"
    parser.add_argument("--bench", nargs=2, metavar=("NAME", "FILE"), help=what)
    arguments = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    record = json.loads(RECORD.read_text()) if RECORD.is_file() else {}
    for part in arguments.parts:
        record[part] = PARTS[part](arguments.data, arguments.golden)
        RECORD.write_text(json.dumps(record, indent=1) + "\n")
        (FOLDER / "alr.md").write_text(document(record))
    (FOLDER / "alr.md").write_text(document(record))
    if arguments.bench is not None:
        name, file = arguments.bench
        rows = record["gray" if name == "alr-gray" else "critic"][name]
        data = f"CBSD68, middle {SIDE}x{SIDE}, one in {EVERY}"
        file_record = {"model": name, "data": data, "results": list(rows.values())}
        Path(file).write_text(json.dumps(file_record, indent=1) + "\n")


if __name__ == "__main__":
    main()
