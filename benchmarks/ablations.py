"""GroupSC's ablations on small trainings of equal length: docs/results/ablations.md.

    python benchmarks/ablations.py train --data "$SPARSIGHT_DATA" [ROW ...]    # trains, measures
    python benchmarks/ablations.py strides --data "$SPARSIGHT_DATA" [STRIDE ...]
    python benchmarks/ablations.py write                # the page, from runs/ablations

Rows are `patch-atoms-depth`, e.g. 9-256-12 (tables 10 and 11 of the appendix): sparse coding at
sigma 25, trained on BSD400 from scratch, the same crops for every row. `strides` (table 9) takes
`groupsc-gray` as it is shipped. What was trained or measured before is kept.
"""

import argparse
import json
import os
import sys
from pathlib import Path

from sparsight.bench import read_record, save_results, save_text

sys.path.insert(0, str(Path(__file__).parent))
import ablations_page
import ablations_strides

RESULTS = Path(__file__).parents[1] / "docs" / "results"
RUNS = Path("runs/ablations")
SIGMA = 25
ROWS = (
    *(f"{patch}-{atoms}-12" for patch in (7, 9, 11) for atoms in (128, 256)),
    "9-512-12",
    "9-256-24",
    "9-256-36",
)
# Muon and a running mean of the weights: most of what so few steps can bring.
BUDGET = (
    "steps=150",
    "batch=8",
    "crop=40",
    "lr=1.5e-3",
    "matrix_lr=8e-3",
    "lr_factor=0.5",
    "lr_every=30",
    "lr_first=60",
    "epsilon=1e-8",
    "average=0.97",
    "clip=8",
    "check_every=150",
)


def main() -> None:
    """One of the commands."""
    parser = argparse.ArgumentParser(description="GroupSC's ablations")
    parser.add_argument("command", choices=("train", "strides", "write"))
    parser.add_argument("chosen", nargs="*", help="rows or strides; all by default")
    parser.add_argument("--data", type=Path, default=os.environ.get("SPARSIGHT_DATA", "sets"))
    parser.add_argument("--runs", type=Path, default=RUNS)
    given = parser.parse_intermixed_args()
    if given.command == "write":
        write(given.runs)
        return
    known = ROWS if given.command == "train" else tuple(map(str, ablations_strides.STRIDES))
    unknown = set(given.chosen) - set(known)
    if unknown:
        parser.error(f"{', '.join(sorted(unknown))} is none of {', '.join(known)}")
    given.runs.mkdir(parents=True, exist_ok=True)
    for one in given.chosen or known:
        if given.command == "train":
            train_row(one, given.data, given.runs)
        else:
            target = given.runs / f"stride-{one}.json"
            ablations_strides.measure(int(one), given.data / "BSD68", target)


def train_row(row: str, data: Path, runs: Path) -> None:
    """Trains what is not trained yet, measures what is not measured yet."""
    from sparsight.bench import bench_denoise
    from sparsight.data import image_paths
    from sparsight.recipes import bind
    from sparsight.training.fit import CHECKPOINT, WEIGHTS
    from sparsight.training.run import train
    from sparsight.zoo import load_denoiser
    from sparsight.zoo.store import read_file

    folder = runs / row
    if not _whole(folder):
        patch, atoms, depth = row.split("-")
        numbers = (f"patch={patch}", f"atoms={atoms}", f"depth={depth}", *BUDGET)
        resume = (folder / CHECKPOINT).is_file()
        train("sc-gray", bind("sc-gray", numbers), data / "BSD400", folder, resume)
    target = folder / "bench.json"
    if target.is_file():
        return
    model = load_denoiser(str(folder / WEIGHTS))
    result = bench_denoise(model, image_paths(data / "BSD68"), SIGMA)
    made, tensors = read_file(folder / WEIGHTS)
    count = sum(values.numel() for values in tensors.values())
    facts = {"parameters": count, "steps": made["steps_done"], "seconds": made["seconds"]}
    save_results({"row": row, "psnr": result.psnr, "images": result.images, **facts}, target)
    print(row, f"{result.psnr:.3f} dB", made["seconds"], "s", flush=True)


def _whole(folder: Path) -> bool:
    """Whether a training is there that was not cut short."""
    from sparsight.training.fit import WEIGHTS
    from sparsight.zoo.store import read_file

    if not (folder / WEIGHTS).is_file():
        return False
    made = read_file(folder / WEIGHTS)[0]
    return made["steps_done"] >= made["schedule"]["steps"]


def write(runs: Path) -> None:
    """The record and the page, from what is measured."""
    trained = [runs / row / "bench.json" for row in ROWS]
    strided = [runs / f"stride-{stride}.json" for stride in ablations_strides.STRIDES]
    record = {
        "sigma": SIGMA,
        "budget": list(BUDGET),
        "rows": [read_record(path) for path in trained if path.is_file()],
        "strides": [read_record(path) for path in strided if path.is_file()],
    }
    save_results(record, RESULTS / "ablations.json")
    text = ablations_page.page(json.loads((RESULTS / "ablations.json").read_text()))
    save_text(text, RESULTS / "ablations.md")


if __name__ == "__main__":
    main()
