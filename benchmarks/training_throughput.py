"""Crops per second of training steps, beside the authors' layout in the same run.

    python benchmarks/training_throughput.py [--rounds 5] [--threads 2] [--json FILE]

56 x 56 crops, batch 8, forward and backward, 256 atoms, 9 x 9 patches, 24 steps; rounds
alternate between the programs and medians are printed. SPARSIGHT_CHECK_SHAPES plays no role.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from authors_layout import AuthorsLayout

from sparsight.ops.speed import prefers_bfloat16, tune_allocator
from sparsight.recipes import bind
from sparsight.training.loss import counted_square_loss

BATCH, CROP = 8, 56


def ours(name: str, *pairs: str) -> Callable[[torch.Tensor], None]:
    """A training step of a recipe, crop by crop as the trainer goes."""
    model = bind(name, pairs).model()

    def step(y: torch.Tensor) -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=prefers_bfloat16()):
            for i in range(len(y)):
                restored = model(y[i : i + 1])
                counted_square_loss(restored, y[i : i + 1], 9).backward()

    return step


def authors(grouped: bool) -> Callable[[torch.Tensor], None]:
    """The same in the authors' layout."""
    model = AuthorsLayout(grouped)
    # The batch of a dense similarity does not fit small machines; the authors split it too.
    part = 2 if grouped else BATCH

    def step(y: torch.Tensor) -> None:
        for crops in y.split(part):
            counted_square_loss(model(crops), crops, 9).backward()

    return step


PROGRAMS: dict[str, tuple[Callable[[], Callable[[torch.Tensor], None]], str | None]] = {
    "SC, authors' layout": (lambda: authors(False), None),
    "SC": (lambda: ours("sc-gray"), "SC, authors' layout"),
    "GroupSC, authors' layout": (lambda: authors(True), None),
    "GroupSC, all patches": (lambda: ours("groupsc-gray"), "GroupSC, authors' layout"),
    "GroupSC, one in nine": (lambda: ours("groupsc-gray", "thin=9"), "GroupSC, authors' layout"),
}


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--crops", type=int, default=BATCH, help="crops per step")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    tune_allocator()
    steps = {name: make() for name, (make, _) in PROGRAMS.items()}
    y = torch.rand(options.crops, 1, CROP, CROP, generator=torch.Generator().manual_seed(0))
    rates: dict[str, list[float]] = {name: [] for name in steps}
    for number in range(options.rounds + 1):
        for name, step in steps.items():
            began = time.perf_counter()
            step(y)
            if number:  # the first round warms up
                rates[name].append(len(y) / (time.perf_counter() - began))
    medians = {name: statistics.median(values) for name, values in rates.items()}
    for name, (_, other) in PROGRAMS.items():
        ratio = f"  {medians[name] / medians[other]:.1f} x" if other else ""
        print(f"{name:26} {medians[name]:7.2f} crops/s{ratio}")
    if options.json:
        options.json.write_text(json.dumps({"crops_per_second": medians}, indent=1))


if __name__ == "__main__":
    main()
