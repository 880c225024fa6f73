"""Gates, group sizes and cardinality at small size: NSR tables 1, 2 and 3, figure 4.

    python benchmarks/nsr_ablation.py TRAIN VALID [--study NAME] [--seeds 3] [--rows NAME …]
        [--record FILE]

TRAIN is the folder that `benchmarks/nsr_images.py` makes, VALID is DIV2K_valid_crop256. Networks of
2 blocks learn to enlarge twice. All rows of a study and seed see the same crops in the same order,
and for as long. Every run is recorded when it ends, and those on record are not made again.
`benchmarks/nsr.py` writes the record as a page.
"""

import argparse
import itertools
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
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
from sparsight.networks.wdsr import MakeConvolution
from sparsight.ops.speed import convolves_in_bfloat16, tune_process
from sparsight.training.supervised import backward_crops

RECORD = Path(__file__).parents[1] / "docs/results/nsr_ablation.json"
SCALE, BLOCKS, PATCH = 2, 2, 32
BATCH, CROP = 4, SCALE * PATCH


@dataclass(frozen=True)
class Study:
    """What networks have in common.

    Args:
        features: neurons of a block.
        width: how many times as many are between its two convolutions.
        cardinality: of sparse convolutions.
        steps: of training.
        rate: of Adam at first.
        rows: which are compared.
    """

    features: int
    width: int
    cardinality: int
    steps: int
    rate: float
    rows: tuple[str, ...]


# "small" was chosen after larger networks, trained for fewer steps, had shown no gain from more
# kernels; networks of the paper's own size are compared where parameters are as many.
STUDIES = {
    "small": Study(
        16,
        2,
        8,
        24_000,
        3e-3,
        ("plain", "k=2", "k=4", "k=8", "k=4, sigmoid", "k=4, Gumbel", "k=4, τ=10", "k=4, τ=0.1")
        + ("k=4, cardinality 1",),
    ),
    "same size": Study(32, 4, 16, 4_000, 2e-3, ("plain", "k=2, width / 2", "k=4, width / 4")),
}


def convolutions(row: str, study: Study) -> tuple[int, MakeConvolution]:
    """Width within the blocks of a row, and its convolutions."""
    width, d = study.width, study.cardinality
    known: Mapping[str, tuple[int, Callable[[], MakeConvolution]]] = {
        "plain": (width, lambda: plain),
        "k=2": (width, lambda: sparse(2, d, PATCH)),
        "k=4": (width, lambda: sparse(4, d, PATCH)),
        "k=8": (width, lambda: sparse(8, d, PATCH)),
        "k=4, sigmoid": (width, lambda: sparse(4, d, PATCH, gate=SigmoidGate())),
        "k=4, Gumbel": (width, lambda: sparse(4, d, PATCH, gate=GumbelGate())),
        "k=4, τ=10": (width, lambda: sparse(4, d, PATCH, 10)),
        "k=4, τ=0.1": (width, lambda: sparse(4, d, PATCH, 0.1)),
        "k=4, cardinality 1": (width, lambda: sparse(4, 1, PATCH)),
        "k=2, width / 2": (width // 2, lambda: sparse(2, d, PATCH)),
        "k=4, width / 4": (width // 4, lambda: sparse(4, d, PATCH)),
    }
    width, make = known[row]
    return width, make()


def main() -> None:
    """Trains what is missing from the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("train", type=Path)
    parser.add_argument("valid", type=Path)
    parser.add_argument("--study", nargs="*", choices=list(STUDIES), default=list(STUDIES))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rows", nargs="*")
    parser.add_argument("--record", type=Path, default=RECORD)
    asked = parser.parse_args()
    tune_process()
    record: dict[str, Any] = {"runs": []}
    if asked.record.exists():
        record = read_record(asked.record)
    known = {(run["study"], run["row"], run["seed"]) for run in record["runs"]}
    crops = reduced_crops([read_image(p, 3) for p in image_paths(asked.train)], SCALE, CROP, BATCH)
    valid = [fit_scale(read_image(p, 3), SCALE) / 255 for p in image_paths(asked.valid)]
    record |= {"images": len(crops.images), "valid": len(valid)}
    record["studies"] = {name: asdict(study) for name, study in STUDIES.items()}
    for study, seed in itertools.product(asked.study, range(asked.seeds)):
        for row in asked.rows or STUDIES[study].rows:
            if (study, row, seed) in known:
                continue
            run = {"study": study, "row": row, "seed": seed}
            run |= one_run(STUDIES[study], row, crops, valid, seed)
            print(run, flush=True)
            record["runs"].append(run)
            save_results(record, asked.record)


def one_run(
    study: Study, row: str, crops: ReducedCrops, valid: Sequence[torch.Tensor], seed: int
) -> dict[str, float]:
    """Trains one network and measures it."""
    torch.manual_seed(seed)
    width, convolution = convolutions(row, study)
    network = Upscaler(SCALE, BLOCKS, study.features, width, convolution)
    arrange(network)
    start = time.process_time()
    fit(network, crops, seed, study)
    seconds = time.process_time() - start
    return {
        "parameters": sum(values.numel() for values in network.parameters()),
        "steps": study.steps,
        "core_seconds": round(seconds, 1),
        "psnr": round(measure(network.eval(), valid), 4),
    }


def fit(network: nn.Module, crops: ReducedCrops, seed: int, study: Study) -> None:
    """Adam on absolute errors; the rate falls to 0 as a cosine."""
    optimiser = torch.optim.Adam(network.parameters(), study.rate)
    fall = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, study.steps)
    for step in range(study.steps):
        clean, small, level = crops.draw(seed * study.steps + step)
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
