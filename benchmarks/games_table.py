"""Trains and measures the rows of Games tables A4 and A5, and writes docs/results/games.md.

    python benchmarks/games_table.py train --data BSD400 --runs runs/games [--rows ROW ...]
    python benchmarks/games_table.py measure --data BSD68 --runs runs/games [--rows ROW ...]
    python benchmarks/games_table.py write

The rows trained so far are kept in benchmarks/weights/games, which --runs may name; `sparsight
train RECIPE --start FILE` goes on with one.

Runs that are finished are left alone and those that were stopped go on; results are kept in
docs/results/games.json, from which the table is written.
"""

import argparse
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from games_patches import PATCH
from games_rows import BEFORE, PIXEL, SIGMAS, Row

from sparsight.recipes import Recipe

RESULTS = Path(__file__).parents[1] / "docs" / "results"
RECORDS = RESULTS / "games.json"
LINEAR = RESULTS / "games-linear.json"
WEIGHTS = "weights.safetensors"
SHIPPED = {"tv-gray": "tv-extra", "nltv-gray": "nltv-kappas"}
ROWS = {**PIXEL, **PATCH}
EVERY = {**BEFORE, **ROWS}
FITTED_ON = 60
# 300 epochs of 400 images of 180 x 180 pixels.
PAPERS_PIXELS = 300 * 400 * 180**2
HEAD = """# Denoising games beside the paper

PSNR in dB on BSD68, grey, from `sparsight bench denoise`'s measure; asked is the figure of Games
tables A4 and A5. Trained on BSD400. Games of patches unroll 12 steps, like the models of the zoo
that they start from; the paper's have 24. Training counts what a row began from; in brackets the
pixels seen as a share of the paper's 300 epochs of whole images. Times are by the clock, on one
core of a processor that had other work too. Moves of the non-local Laplacian are fitted to its
graphs on 60 training images (30 for extra-gradient) before they are trained on crops. Games that
began from `groupsc-gray` count its minutes, but not the steps of its last run, which are not known.
Written by `python benchmarks/games_table.py write`; rows are trained and measured by its other
commands.

| row | sigma | parameters | asked | measured | difference | training |
|---|---|---|---|---|---|---|"""
LIMIT = """
## What bounds the Laplacian

A local Laplacian game is a linear filter of the noisy image. At sigma 25 the best one for the
spectrum of BSD400 reaches {:.2f} dB on BSD68, and one made for the mean spectrum of the very test
images {:.2f} dB (`python benchmarks/linear_limit.py`); the paper's 26.39 lies beyond both."""
ZOO = """
## Models of the zoo: one file for all noise levels

| model | sigma | parameters | asked | measured | difference | training |
|---|---|---|---|---|---|---|"""


def jobs(names: Sequence[str]) -> Iterator[tuple[str, Row, int]]:
    """Rows of these names, or all, with each noise level they are trained at; 25 first."""
    chosen = {name: EVERY[name] for name in names} or EVERY
    for first in (True, False):
        for name, row in chosen.items():
            for sigma in row.sigmas:
                if (sigma == row.sigmas[0]) == first:
                    yield name, row, sigma


def train(data: Path, runs: Path, names: Sequence[str]) -> None:
    """Trains what is not trained yet."""
    from sparsight.recipes import bind
    from sparsight.training.fit import CHECKPOINT
    from sparsight.training.run import train as run

    for name, row, sigma in jobs(names):
        out = runs / f"{name}-{sigma}"
        if (out / WEIGHTS).is_file() and steps_missing(out) <= 0:
            continue
        level = (f"sigma_low={sigma}", f"sigma_high={sigma}")
        later = () if sigma == row.sigmas[0] else row.later
        recipe = bind(row.recipe, [*row.numbers, *row.training, *later, *level])
        resume = (out / CHECKPOINT).is_file()
        start = None if resume else start_of(name, sigma, runs)
        if row.fitted and start is not None:
            start = fitted(row.recipe, recipe, start, data, runs / f"{name}-{sigma}-fitted")
        run(row.recipe, recipe, data, out, resume, start)


def fitted(name: str, recipe: Recipe, start: str, data: Path, out: Path) -> str:
    """Weights whose moves are the best for the graphs of those to start from."""
    from sparsight.data import image_paths, read_image
    from sparsight.training.fit import Done, Place
    from sparsight.training.moves import fit_moves
    from sparsight.training.record import end_record
    from sparsight.training.starting import take_what_fits
    from sparsight.zoo import read_weights, save_weights

    model, began = recipe.model(), time.perf_counter()
    other, origin = read_weights(start)
    take_what_fits(model, other)
    paths = image_paths(data)
    count = FITTED_ON // recipe.arguments()["moves"]  # powers are four times as many
    paths = paths[:: max(1, len(paths) // count)]
    images = [read_image(path, 1).float()[None] / 255 for path in paths]
    print(*fit_moves(model, images, recipe.schedule.sigma_low / 255), sep="\n", flush=True)
    out.mkdir(parents=True, exist_ok=True)
    (out / WEIGHTS).unlink(missing_ok=True)
    learned = {"images": len(images), "data": data.resolve().name}
    done, place = Done(0, time.perf_counter() - began), Place(out, resume=False, every=1)
    save_weights(model, end_record(name, recipe, origin, learned, done, place), out / WEIGHTS)
    return str(out / WEIGHTS)


def start_of(name: str, sigma: int, runs: Path) -> str | None:
    """What a run begins with: its own row at the first noise level, or another row."""
    row = EVERY[name]
    if sigma != row.sigmas[0]:
        return str(runs / f"{name}-{row.sigmas[0]}" / WEIGHTS)
    if row.start is None:
        return None
    return str(runs / f"{row.start}-{sigma}" / WEIGHTS) if row.start in EVERY else row.start


def steps_missing(out: Path) -> int:
    """Of a run that was stopped."""
    record = json.loads((out / "run.json").read_text())
    return record["schedule"]["steps"] - record["steps_done"]


def measure(data: Path, runs: Path, names: Sequence[str]) -> None:
    """Measures what is trained and not measured yet."""
    from sparsight.bench import bench_denoise, save_results
    from sparsight.data import image_paths
    from sparsight.ops.speed import tune_process
    from sparsight.zoo import load_denoiser

    tune_process()
    records = known()
    for name, _, sigma in jobs(names):
        out = runs / f"{name}-{sigma}"
        if not (out / WEIGHTS).is_file():
            continue
        spent = training_of(out)
        key = f"{name}-{sigma}"
        if records.get(key, {}).get("training") == spent:
            continue
        model = load_denoiser(str(out / WEIGHTS))
        result = bench_denoise(model, image_paths(data), sigma)
        parameters = sum(p.numel() for p in model.model.parameters())
        found = {
            "row": name,
            "parameters": parameters,
            "data": data.resolve().name,
            "result": {k: round(v, 4) for k, v in asdict(result).items()},
            "training": spent,
        }
        print(key, round(result.psnr, 3), flush=True)
        RESULTS.mkdir(exist_ok=True)
        # Another process may have measured other rows meanwhile.
        records = {**known(), key: found}
        save_results(records, RECORDS)


def training_of(out: Path) -> dict:
    """What was spent on a run, with the runs that it began from."""
    return training_of_record(json.loads((out / "run.json").read_text()))


def training_of_record(record: Mapping) -> dict:
    """The same from the record in a weights file or a card."""
    steps, seconds, start = steps_of(record), record["seconds"], record["start"]
    crops, pixels = seen(record)
    while start is not None:
        steps, seconds = steps + steps_of(start), seconds + start["seconds"]
        before = seen(start)
        crops, pixels = crops + before[0], pixels + before[1]
        start = start["start"]
    return {
        "steps": steps,
        "crops": crops,
        "pixels": pixels,
        "seconds": seconds,
        "threads": record["threads"],
    }


def steps_of(record: Mapping) -> int:
    """Of a run; 0 for the last one of `groupsc-gray`, which does not tell."""
    return record.get("steps_done") or 0


def seen(record: Mapping) -> tuple[int, int]:
    """Crops of a run, and their pixels."""
    crops = steps_of(record) * record["schedule"]["batch"]
    return crops, crops * record["schedule"]["crop"] ** 2


def write() -> None:
    """The table, from the records and the cards of the zoo."""
    from sparsight.zoo import card

    lines = [HEAD]
    records = known()
    for name, row in ROWS.items():
        for sigma in row.sigmas:
            asked = row.paper[SIGMAS.index(sigma)]
            found = records.get(f"{name}-{sigma}")
            lines.append(line(row.title, sigma, asked, found))
    lines.append(ZOO)
    for model, name in SHIPPED.items():
        facts = card(model)
        spent = training_of_record(facts)
        for bench in facts.get("bench", []):
            for result in bench["results"]:
                if bench["data"] == "BSD68" and result["sigma"] in SIGMAS:
                    asked = ROWS[name].paper[SIGMAS.index(result["sigma"])]
                    found = {"parameters": facts["parameters"], "result": result}
                    title = f"`{model}`, beside {ROWS[name].title}"
                    lines.append(line(title, result["sigma"], asked, found | {"training": spent}))
    lines.append(linear_limit())
    (RESULTS / "games.md").write_text("\n".join(lines) + "\n")


def linear_limit() -> str:
    """What benchmarks/linear_limit.py found, in words."""
    found = json.loads(LINEAR.read_text())
    return LIMIT.format(found["training images"], found["test images"])


def line(title: str, sigma: int, asked: float, found: Mapping | None) -> str:
    """One line of the table."""
    if found is None:
        return f"| {title} | {sigma} | | {asked:.2f} | not measured | | |"
    psnr, spent = found["result"]["psnr"], found["training"]
    share = spent["pixels"] / PAPERS_PIXELS
    seconds = f"{spent['steps']:,} steps, {spent['crops']:,} crops"
    return (
        f"| {title} | {sigma} | {found['parameters']:,} | {asked:.2f} | {psnr:.2f} "
        f"| {psnr - asked:+.2f} | {seconds}, {spent['seconds'] / 60:.0f} min ({share:.1%}) |"
    )


def known() -> dict:
    """The results up to now."""
    return json.loads(RECORDS.read_text()) if RECORDS.is_file() else {}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["train", "measure", "write"])
    parser.add_argument("--rows", nargs="*", default=[])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--runs", type=Path, default=Path("runs/games"))
    given = parser.parse_args()
    if given.what == "train":
        train(given.data, given.runs, given.rows)
    elif given.what == "measure":
        measure(given.data, given.runs, given.rows)
    else:
        write()
