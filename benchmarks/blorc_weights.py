"""Learns the shipped analysis operator of images.

    python benchmarks/blorc_weights.py --data "$SPARSIGHT_DATA/BSD400" --out runs/blorc-gray

W, 64 x 64, is learned at sigma = 25 from patches of every fifth training image, as
`sparsight train blorc-1d` learns it for signals; its factors at the six noise levels are those
at which averaged patches of a few other training images come out best.
"""

import argparse
import time
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor

from sparsight.bank import REFERENCE
from sparsight.bench import add_noise
from sparsight.data import image_paths, read_image
from sparsight.metrics import psnr
from sparsight.ops import extract_patches
from sparsight.ops.speed import tune_process
from sparsight.recipes import bind
from sparsight.recipes.signals import bind_signals
from sparsight.training.signals import Pairs, fit_signals
from sparsight.zoo import save_weights

PATCHES = 50
LEVELS = ["sigma_low=5", "sigma_high=55", "levels=6"]
STEP = 1.15


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    tune_process()
    start = time.process_time()
    paths = image_paths(given.data)
    signals = bind_signals("blorc-1d", ["epochs=15"])
    layer = signals.model()
    fit_signals(layer, patch_pairs(paths[::5]), signals)
    recipe = bind("blorc-gray", LEVELS)
    model = recipe.model()
    with torch.no_grad():
        # The factors are in proportion to sigma, as the bank keeps them.
        model.prior.analysis.copy_(layer.analysis)
        values = model.prior.strength.values
        values.fill_(0.5)
        held = [middle(path, 64) for path in paths[2::80]]
        for place, level in enumerate(model.prior.strength.levels.tolist()):
            values[place] = best_factor(model, values, place, level, held)
            print(f"sigma {255 * level:g}: {values[place].item():.3f}", flush=True)
    given.out.mkdir(parents=True, exist_ok=True)
    record = {
        "recipe": "blorc-gray",
        "arguments": recipe.arguments(),
        "schedule": asdict(signals.schedule),
        "start": None,
        "images": len(paths[::5]),
        "data": given.data.resolve().name,
        "made_by": "benchmarks/blorc_weights.py",
        "seconds": round(time.process_time() - start),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
    }
    save_weights(model, record, given.out / "weights.safetensors")


def patch_pairs(paths: list[Path]) -> Pairs:
    """A few centred patches of each image, with noise of sigma = 25."""
    generator = torch.Generator().manual_seed(0)
    parts = []
    for path in paths:
        cut = extract_patches(read_image(path, 1)[None].double() / 255, 8)[0].T
        parts.append(cut[torch.randperm(len(cut), generator=generator)[:PATCHES]])
    clean = torch.cat(parts)
    noise = torch.randn(clean.shape, generator=generator, dtype=clean.dtype)
    noisy = clean + REFERENCE * noise
    return Pairs(*(p - p.mean(1, keepdim=True) for p in (clean, noisy)))


def middle(path: Path, side: int) -> Tensor:
    image = read_image(path, 1).float() / 255
    top, left = ((length - side) // 2 for length in image.shape[1:])
    return image[:, top : top + side, left : left + side]


def best_factor(model, values: Tensor, place: int, level: float, held: list[Tensor]) -> float:
    """The factor that restores held-out images best at this level: steps while it gets better."""
    clean = torch.stack(held)
    noisy = torch.stack([add_noise(x, level, i) for i, x in enumerate(held)])
    sigma = torch.full((len(held),), level)

    def quality(factor: float) -> float:
        values[place] = factor
        restored = model(noisy, sigma).clamp(0, 1)
        return sum(psnr(x, c) for x, c in zip(restored, clean))

    factor = values[max(place - 1, 0)].item()
    best = quality(factor)
    for ratio in (STEP, 1 / STEP):
        while (score := quality(ratio * factor)) > best:
            factor, best = ratio * factor, score
    return factor


if __name__ == "__main__":
    main()
