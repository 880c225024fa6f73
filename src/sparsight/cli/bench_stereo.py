"""`sparsight bench stereo`: total variation on a network's disparity, with and without."""

import json as json_text
import shlex
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sparsight.cli.bench import check_results
from sparsight.cli.progress import Waiting
from sparsight.cli.tables import show_table

if TYPE_CHECKING:
    from sparsight.data.stereo import StereoFiles, StereoPair

HELD_OUT = ("Bowling2", "Cloth4", "Midd2", "Rocks2")


def stereo(
    train: Annotated[Path, typer.Option(metavar="DIR", help="Scenes of Middlebury 2006.")],
    test: Annotated[Path, typer.Option(metavar="DIR", help="Scenes of Middlebury 2003.")],
    seeds: Annotated[int, typer.Option(min=1, help="How many networks are trained.")] = 3,
    steps: Annotated[int, typer.Option(min=1, help="Of training, before the layers.")] = 400,
    more: Annotated[int, typer.Option(min=1, help="Of training, with and without.")] = 100,
    json: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write results here after each seed; go on from there."),
    ] = None,
    page: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write them as a page of Markdown.")
    ] = None,
) -> None:
    """Train small stereo networks with and without a layer of total variation, and compare."""
    check_results(json)
    check_results(page, ".md")
    from sparsight.bench import save_text
    from sparsight.bench.stereo_page import stereo_page
    from sparsight.data.stereo import middlebury_2003, middlebury_2006

    seen, unseen = _split(_by_scene(middlebury_2006(train)))
    tests = _by_scene(middlebury_2003(test))
    record = _start(seen, unseen, tests, {"first": steps, "then": more})
    record = _go_on(record, json)
    _measure(record, list(seen.values()), {**tests, **unseen}, range(seeds), json)
    _show(record)
    if page is not None:
        words = ["--train", train.name, "--test", test.name, "--seeds", str(seeds)]
        words += ["--steps", str(steps), "--more", str(more), "--page", page.name]
        save_text(stereo_page(record, shlex.join(["sparsight", "bench", "stereo", *words])), page)


def _by_scene(files: "list[StereoFiles]") -> "dict[str, StereoPair]":
    return {file.left.parent.name: file.load() for file in files}


def _split(
    pairs: "Mapping[str, StereoPair]",
) -> "tuple[dict[str, StereoPair], dict[str, StereoPair]]":
    unseen = {name: pair for name, pair in pairs.items() if name in HELD_OUT}
    seen = {name: pair for name, pair in pairs.items() if name not in HELD_OUT}
    if not seen:
        raise ValueError(f"only {', '.join(unseen)} are there, which are held out; give others")
    return seen, unseen


def _start(
    seen: "Mapping[str, StereoPair]",
    unseen: "Mapping[str, StereoPair]",
    tests: "Mapping[str, StereoPair]",
    steps: dict[str, int],
) -> dict[str, Any]:
    from sparsight.networks import SmallStereo

    return {
        "parameters": sum(values.numel() for values in SmallStereo().parameters()),
        "trained_on": len(seen),
        "held_out": list(unseen),
        "test": list(tests),
        "steps": steps,
        "results": [],
    }


def _go_on(record: dict[str, Any], file: Path | None) -> dict[str, Any]:
    if file is None or not file.is_file():
        return record
    try:
        old = json_text.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        old = None
    if not isinstance(old, dict) or {**old, "results": []} != record:
        raise ValueError(f"{file} is there and holds no results of these settings; name another")
    return old


def _measure(
    record: dict[str, Any],
    pairs: "list[StereoPair]",
    tests: "Mapping[str, StereoPair]",
    seeds: range,
    file: Path | None,
) -> None:
    from sparsight.bench import save_results
    from sparsight.bench.stereo import bench_stereo
    from sparsight.training.stereo import StereoSchedule

    first = StereoSchedule(record["steps"]["first"])
    then = StereoSchedule(record["steps"]["then"], lr=1e-3)
    known = {result["seed"] for result in record["results"]}
    missing = [seed for seed in seeds if seed not in known]
    with Waiting(max(len(missing), 1)) as waiting:
        for number, seed in enumerate(missing):
            step = waiting.begin(number, f"seed {seed}", 1)
            results = bench_stereo(pairs, tests, seed, first, then)
            record["results"] += [asdict(result) for result in results]
            step()
            if file is not None:
                save_results(record, file)


def _show(record: Mapping[str, Any]) -> None:
    rows = [
        [result["arm"], f"{result['seed']}", *(f"{e:.2f}" for e in result["errors"].values())]
        for result in record["results"]
    ]
    scenes = [f">{name}" for name in record["results"][0]["errors"]]
    show_table(["arm", ">seed", *scenes], rows, "3-pixel error in percent")
