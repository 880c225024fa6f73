"""Answers a table from shipped weights: a record with every cell, published and measured."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sparsight.bench.table import Cell, Progress, Row, Table
from sparsight.data.pinned import set_digest
from sparsight.zoo import store, weights_path
from sparsight.zoo.store import read_file

Begin = Callable[[int, str, int], Progress]
_SPENT = ("recipe", "steps_done", "seconds", "images")


def measure_table(
    table: Table,
    images: Mapping[str, Sequence[Path]],
    begin: Begin,
    known: Sequence[Mapping[str, Any]] = (),
    keep: Callable[[Mapping[str, Any]], object] = lambda record: None,
) -> dict[str, Any]:
    """Measures every cell that shipped weights can answer.

    Args:
        table: what to measure.
        images: of each set, in its order.
        begin: told of each cell: number, label, images; gives what to call after each image.
        known: earlier records, of any table: cells of the same weights, images and protocol are
            taken over.
        keep: called with the record after each cell.

    Returns:
        The record: the facts of the table and `cells`, a list per row.
    """
    import torch

    record = _facts(table, images)
    _take_over(record, known)
    loaded: tuple[Any, Any] = (None, None)  # one at a time: cells of a model follow each other
    for number, (row, column) in enumerate(_places(table)):
        cell = record["cells"][row][column]
        name, where = cell.get("model"), table.columns[column]
        if name is None:
            continue
        paths = images.get(where.dataset, ())
        step = begin(number, f"{name}, {where.dataset} {where.level:g}", max(len(paths), 1))
        if "images" not in cell:
            wanted = name, cell.get("settings", {})
            loaded = loaded if loaded[0] == wanted else (wanted, table.task.model(*wanted))
            others = {other: images[other] for other in table.task.needs}
            found = table.task.measure(loaded[1], Cell(paths, where.level, others), step)
            cell |= {key: round(found[key], 4) for key in table.task.metrics}
            cell |= {"images": int(found.get("images", len(paths))), "torch": torch.__version__}
            keep(record)
    return record


def cell_count(table: Table) -> int:
    """How many cells are gone through, measured or not."""
    return len(table.rows) * len(table.columns)


def is_answerable(table: Table) -> bool:
    """Whether shipped weights, or a baseline, answer any cell."""
    asked = [name for row in table.rows for name in row.models]
    return any(name in table.task.baselines or _is_shipped(name) for name in asked)


def _is_shipped(name: str) -> bool:
    return (store.FOLDER / f"{name}.safetensors").is_file()


def _places(table: Table) -> list[tuple[int, int]]:
    return [(row, column) for row in range(len(table.rows)) for column in range(len(table.columns))]


def _facts(table: Table, images: Mapping[str, Sequence[Path]]) -> dict[str, Any]:
    sets = {
        name: {
            "images": len(pins),
            "used": len(images[name]),
            "pixels_sha256": set_digest(pins[: len(images[name])]),
        }
        for name, pins in table.pins.items()
    }
    return {
        "table": table.name,
        "page": table.page,
        "title": table.title,
        "source": table.source,
        "note": table.note,
        "level": table.task.level,
        "protocol": dict(table.task.protocol),
        "metrics": dict(table.task.metrics),
        "sets": sets,
        "needs": list(table.task.needs),
        "columns": [{"dataset": column.dataset, "level": column.level} for column in table.columns],
        "rows": [row.label for row in table.rows],
        "cells": [[_cell(table, row, c) for c in range(len(table.columns))] for row in table.rows],
        "models": _models(table),
    }


def _cell(table: Table, row: Row, column: int) -> dict[str, Any]:
    """What is published, and what answers it."""
    cell: dict[str, Any] = {
        f"published_{metric}": values[column] for metric, values in row.figures().items()
    }
    name = row.model(column)
    if name is None or table.columns[column].quoted:
        return cell
    if name in table.task.baselines:
        return cell | {"model": name, "weights_sha256": ""}
    if not _is_shipped(name):
        return cell
    digest = hashlib.sha256(weights_path(name).read_bytes()).hexdigest()
    settings = {"settings": dict(row.settings)} if row.settings else {}
    return cell | {"model": name, "weights_sha256": digest, **settings}


def _models(table: Table) -> dict[str, dict[str, Any]]:
    """How the weights that answer were made."""
    used = dict.fromkeys(name for row in table.rows for name in row.models if _is_shipped(name))
    models = {}
    for name in used:
        made, tensors = read_file(weights_path(name))
        spent = {key: made[key] for key in _SPENT if key in made}
        models[name] = {"parameters": sum(values.numel() for values in tensors.values()), **spent}
    return models


def _take_over(record: dict[str, Any], known: Sequence[Mapping[str, Any]]) -> None:
    """Fills in what earlier records measured under the same conditions."""
    old = {key: cell for one in known for key, cell in _cells(one) if "images" in cell}
    for key, cell in _cells(record):
        if key in old:
            measured = (*record["metrics"], "images", "torch")
            cell |= {k: old[key][k] for k in measured if k in old[key]}


def _cells(record: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Cells that a model answers, each with all that its figures depend on."""
    for row in record.get("cells", ()):
        for cell, column in zip(row, record["columns"], strict=True):
            if "model" in cell:
                sets = (column["dataset"], *record.get("needs", ()))
                known = record["sets"]
                pixels = [known[name]["pixels_sha256"] if name in known else name for name in sets]
                depends = [cell["model"], cell["weights_sha256"], pixels, column["level"]]
                depends += [cell.get("settings", {})]
                metrics = sorted(record.get("metrics", ()))
                yield json.dumps([*depends, metrics, record["protocol"]]), cell
