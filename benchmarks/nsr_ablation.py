"""Gates, group sizes and cardinality at small size: NSR tables 1, 2 and 3, figure 4.

    python benchmarks/nsr_ablation.py TRAIN VALID [--steps 24000] [--seeds 3] [--rows NAME …]
        [--record FILE]

TRAIN is the folder that `benchmarks/nsr_images.py` makes, VALID is DIV2K_valid_crop256. Networks of
the column "2 blocks" of the paper's tables, but of 16 neurons and width 2 instead of 32 and 4, learn
to enlarge twice: what is small is soon as good as it can be, and only then it matters how much it
can hold. All rows of a seed see the same crops in the same order, and for as long. Every run is
recorded when it ends, and those on record with as many steps are not made again.
`benchmarks/nsr.py` writes the record as a page.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from sparsight.bench import read_record, save_results
from sparsight.data import ReducedCrops, fit_scale, image_paths, read_image, reduce_image
from sparsight.data.reduced import reduced_crops
from sparsight.metrics import psnr
from sparsight.networks import (
    GumbelGate,
    SigmoidGate,
    Upscaler,
    arrange,
    plain,
    sparse,
)
from sparsight.networks.gates import Gate
from sparsight.networks.wdsr import MakeConvolution
from sparsight.ops.speed import convolves_in_bfloat16, tune_allocator
from sparsight.training.supervised import backward_crops

RECORD = Path(__file__).parents[1] / "docs/results/nsr_ablation.json"
SCALE, BLOCKS, FEATURES, WIDTH, PATCH, CARDINALITY = 2, 2, 16, 2, 32, 8
BATCH, CROP, RATE = 4, SCALE * PATCH, 3e-3


def rows() -> dict[str, tuple[int, Callable[[], MakeConvolution]]]:
    """What is compared: width within the blocks, and their convolutions."""

    def soft(k: int, cardinality: int = CARDINALITY, temperature: float = 1.0) -> MakeConvolution:
        return sparse(k, cardinality, PATCH, temperature)

    def gated(gate: Gate) -> MakeConvolution:
        return sparse(4, CARDINALITY, PATCH, gate=gate)

    return {
        "plain": (WIDTH, lambda: plain),
        "k=2": (WIDTH, lambda: soft(2)),
        "k=4, softmax, τ=1": (WIDTH, lambda: soft(4)),
        "k=8": (WIDTH, lambda: soft(8)),
        "k=4, sigmoid": (WIDTH, lambda: gated(SigmoidGate())),
        "k=4, Gumbel": (WIDTH, lambda: gated(GumbelGate())),
        "k=2, width 1": (1, lambda: soft(2)),
        "k=4, softmax, τ=10": (WIDTH, lambda: soft(4, temperature=10)),
        "k=4, softmax, τ=0.1": (WIDTH, lambda: soft(4, temperature=0.1)),
        "k=4, cardinality 1": (WIDTH, lambda: soft(4, cardinality=1)),
    }


def main() -> None:
    """Trains what is missing from the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("train", type=Path)
    parser.add_argument("valid", type=Path)
    parser.add_argument("--steps", type=int, default=24_000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--record", type=Path, default=RECORD)
    parser.add_argument("--rows", nargs="*", choices=list(rows()), default=list(rows()))
    asked = parser.parse_args()
    tune_allocator()
    record: dict[str, Any] = {"runs": []}
    if asked.record.exists():
        record = read_record(asked.record)
    known = {(run["row"], run["seed"], run["steps"]) for run in record["runs"]}
    crops = reduced_crops([read_image(p, 3) for p in image_paths(asked.train)], SCALE, CROP, BATCH)
    valid = [fit_scale(read_image(p, 3), SCALE) / 255 for p in image_paths(asked.valid)]
    sizes = {"images": len(crops.images), "valid": len(valid)}
    record |= {"features": FEATURES, "width": WIDTH, **sizes}
    for seed in range(asked.seeds):
        for name in asked.rows:
            if (name, seed, asked.steps) in known:
                continue
            width, make = rows()[name]
            run = one_run(width, make, crops, valid, seed, asked.steps)
            print(name, seed, run, flush=True)
            record["runs"].append({"row": name, "seed": seed, **run})
            save_results(record, asked.record)


def one_run(
    width: int,
    make: Callable[[], MakeConvolution],
    crops: ReducedCrops,
    valid: Sequence[torch.Tensor],
    seed: int,
    steps: int,
) -> dict[str, float]:
    """Trains one network and measures it."""
    torch.manual_seed(seed)
    network = Upscaler(SCALE, BLOCKS, FEATURES, width, make())
    arrange(network)
    start = time.process_time()
    fit(network, crops, seed, steps)
    seconds = time.process_time() - start
    return {
        "parameters": sum(values.numel() for values in network.parameters()),
        "steps": steps,
        "core_seconds": round(seconds, 1),
        "psnr": round(measure(network.eval(), valid), 4),
    }


def fit(network: nn.Module, crops: ReducedCrops, seed: int, steps: int) -> None:
    """Adam on absolute errors; the rate falls to 0 as a cosine."""
    optimiser = torch.optim.Adam(network.parameters(), RATE)
    fall = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for step in range(steps):
        clean, small, level = crops.draw(seed * steps + step)
        with torch.autocast("cpu", torch.bfloat16, enabled=convolves_in_bfloat16()):
            backward_crops(network, clean, small, level, level, together=BATCH)
        optimiser.step()
        fall.step()


@torch.inference_mode()
def measure(network: nn.Module, valid: Sequence[torch.Tensor]) -> float:
    """Mean PSNR over RGB, a border of the scale and 6 pixels shaved."""
    inner, scores = slice(SCALE + 6, -SCALE - 6), []
    for clean in valid:
        restored = network(reduce_image(clean, SCALE)[None])[0].clamp(0, 1)
        scores.append(psnr(restored[:, inner, inner], clean[:, inner, inner]))
    return statistics.fmean(scores)


if __name__ == "__main__":
    main()
