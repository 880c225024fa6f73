"""`sparsight zoo`: the trained models, what they weigh and what was measured."""

import math
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

from sparsight.cli.tables import level, show_results, show_table

_READABLE = 100  # columns of a card that goes to a file or a pipe


def zoo(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="Show what is known of this model.")
    ] = None,
    history: Annotated[
        bool,
        typer.Option("--history", help="All numbers of the trainings that its own began from too."),
    ] = False,
) -> None:
    """List the trained models, or show the card of one."""
    from sparsight import zoo
    from sparsight.zoo.signals import signal_names

    if name is None and history:
        raise ValueError("--history is of one model; give its name")
    if name in signal_names():
        _show_signal_card(name)
        return
    if name is not None:
        _show_card(name, history)
        return

    rows = [_row(known) for known in zoo.names()]
    if rows:
        show_table(["model", ">parameters", ">KB", ">sigma", "PSNR in dB at sigma"], rows)
    else:
        print("No trained model is installed; `sparsight train` makes one.")
    of_signals = [_signal_row(known) for known in signal_names()]
    if of_signals:
        heads = ["model of signals", ">parameters", ">samples", ">sigma", ">PSNR dB", ">noisy dB"]
        show_table(heads, of_signals)


def _signal_row(name: str) -> list[str]:
    from sparsight.zoo.signals import load_signal_model

    model, record = load_signal_model(name)
    rows, length = model.analysis.shape
    decibels = (10 * math.log10(1 / record[key]) for key in ("validation_error", "noisy_error"))
    figures = (f"{value:.2f}" for value in decibels)
    return [name, f"{rows * length:,}", str(length), f"{record['sigma']:.2g}", *figures]


def _show_signal_card(name: str) -> None:
    from sparsight.zoo.signals import load_signal_model

    record = load_signal_model(name)[1]
    show_table(["", name], [[key, _plain(value)] for key, value in record.items()])


def _row(name: str) -> list[str]:
    from sparsight import zoo
    from sparsight.recipes import from_record
    from sparsight.zoo.store import read_file

    paths = [zoo.weights_path(one) for one in zoo.members(name) or (name,)]
    files = [read_file(path) for path in paths]
    parameters = sum(values.numel() for _, tensors in files for values in tensors.values())
    size = sum(path.stat().st_size for path in paths)
    measured = "\n".join(_bench_line(bench) for bench in zoo.card(name).get("bench", []))
    (first, _), (last, _) = files[0], files[-1]
    arguments = {**first.get("schedule", {}), **first.get("arguments", {})}
    if first is not last:
        arguments["sigma_high"] = last["arguments"]["sigma_high"]
    kind = "gaps" if from_record(first).gaps is not None else _levels(arguments)
    return [name, f"{parameters:,}", f"{size / 1000:.0f}", kind, measured]


def _levels(arguments: Mapping[str, Any]) -> str:
    if "scale" in arguments:
        return f"×{arguments['scale']}"
    if arguments.get("quality_high"):
        return f"q {arguments['quality_low']} to {arguments['quality_high']}"
    for kind, unit in (("rate", " %"), ("sigma", "")):
        low, high = (arguments.get(f"{kind}_{end}") for end in ("low", "high"))
        if low is not None and high is not None:
            return (f"{low:g}" if low == high else f"{low:g} to {high:g}") + unit
    return "?"


def _bench_line(bench: Mapping[str, Any]) -> str:
    results = (f"{level(r)}: {r['psnr']:.2f}" for r in bench["results"])
    return f"{bench['data']}  {'  '.join(results)}"


def _show_card(name: str, history: bool) -> None:
    from sparsight import zoo

    model, record = zoo.read_weights(name)
    card = {**record, **zoo.card(name)}
    benches = card.pop("bench", [])
    if not history and isinstance(card.get("start"), Mapping):
        card["start"] = ", then ".join(_before(card["start"]))
    card["parameters"] = sum(values.numel() for values in model.parameters())
    show_table(["", name], [*_lines(card)], in_pipe=_READABLE)
    for bench in benches:
        show_results(bench)


def _before(record: Mapping[str, Any]) -> list[str]:
    """The trainings up to this one, the earliest first."""
    earlier = record.get("start")
    before = _before(earlier) if isinstance(earlier, Mapping) else []
    known = "steps_done" in record
    steps = f" {record['steps_done']:,} steps" if known else ""
    return [*before, f"{record.get('recipe', 'weights')}{steps}"]


def _lines(record: Mapping[str, Any], inset: str = "") -> Iterator[list[str]]:
    """A line for each entry; those of the training that a training started from set in."""
    for key, value in record.items():
        if isinstance(value, Mapping) and any(isinstance(v, Mapping) for v in value.values()):
            yield [inset + key, ""]
            yield from _lines(value, inset + "  ")
        else:
            yield [inset + key, _plain(value)]


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_plain(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
