"""Crops per second of training steps, beside the authors' layout in the same run.

    python benchmarks/training_throughput.py [--rounds 5] [--threads 2] [--json FILE]

56 x 56 crops of a noisy photograph, batch 8, forward and backward, 256 atoms, 9 x 9 patches, 24
steps; the programs take turns and medians are printed. Ours are measured as a training begins,
with a dictionary learned from patches, and with the shipped one: time depends on how many atoms
are in use.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from authors_layout import AuthorsLayout
from denoising_speed import DEMO, SIGMA, picture

from sparsight.data import read_image
from sparsight.models import Unrolled
from sparsight.ops.speed import prefers_bfloat16, tune_process
from sparsight.recipes import bind
from sparsight.training.initial import initialise
from sparsight.training.loss import counted_square_loss
from sparsight.training.supervised import backward_crops
from sparsight.zoo import read_weights

BATCH, CROP, DEPTH = 8, 56, 24


def beginning(name: str, *pairs: str) -> Unrolled:
    """A recipe as its training begins."""
    recipe = bind(name, pairs)
    model = recipe.model()
    initialise(model, [read_image(DEMO, 1)], None, recipe.schedule)
    return model


def shipped(name: str, *pairs: str) -> Unrolled:
    """A recipe of 24 steps with the dictionary and, twice over, the thresholds of the zoo."""
    trained, record = read_weights(name)
    model = bind(name, [*pairs, f"depth={DEPTH}"]).model()
    twice = trained.prior.thresholds(torch.tensor([SIGMA])).repeat_interleave(
        DEPTH // record["arguments"]["depth"], 1
    )
    values = {**trained.state_dict(), "prior.thresholds.values": twice}
    own = model.state_dict()
    model.load_state_dict(
        {k: values[k] if values[k].shape == v.shape else v for k, v in own.items()}
    )
    return model


def ours(model: Unrolled) -> Callable[[torch.Tensor], None]:
    """A training step, a crop per core as the trainer goes."""

    def step(y: torch.Tensor) -> None:
        ones = torch.ones(len(y))
        with torch.autocast("cpu", torch.bfloat16, enabled=prefers_bfloat16()):
            backward_crops(model, y, y, SIGMA * ones, ones)

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


SC, GROUPSC = "SC, authors' layout", "GroupSC, authors' layout"
PROGRAMS: dict[str, tuple[Callable[[], Callable[[torch.Tensor], None]], str | None]] = {
    SC: (lambda: authors(False), None),
    "SC, training begins": (lambda: ours(beginning("sc-gray")), SC),
    "SC, shipped dictionary": (lambda: ours(shipped("sc-gray")), SC),
    GROUPSC: (lambda: authors(True), None),
    "GroupSC, training begins": (lambda: ours(beginning("groupsc-gray")), GROUPSC),
    "GroupSC, shipped dictionary": (lambda: ours(shipped("groupsc-gray")), GROUPSC),
    "GroupSC, all patches": (lambda: ours(shipped("groupsc-gray", "thin=1")), GROUPSC),
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
    tune_process()
    steps = {name: make() for name, (make, _) in PROGRAMS.items()}
    whole = picture()
    places = [(i % 4 * 60, i // 4 % 2 * 70 + 30) for i in range(options.crops)]
    y = torch.cat([whole[..., a : a + CROP, b : b + CROP] for a, b in places])
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
        print(f"{name:28} {medians[name]:7.2f} crops/s{ratio}")
    if options.json:
        options.json.write_text(json.dumps({"crops_per_second": medians}, indent=1))


if __name__ == "__main__":
    main()
