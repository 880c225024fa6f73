"""Answers a table from shipped weights: a record with every cell, published and measured."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sparsight.bench.table import Progress, Row, Scores, Table
from sparsight.data.pinned import set_digest
from sparsight.zoo import names, weights_path

Begin = Callable[[int, str, int], Progress]
_MEASURED = ("psnr", "ssim", "psnr_8bit", "images")


def measure_table(
    table: Table,
    images: Mapping[str, Sequence[Path]],
    begin: Begin,
    known: Mapping[str, Any] | None = None,
    keep: Callable[[Mapping[str, Any]], object] = lambda record: None,
) -> dict[str, Any]:
    """Measures every cell that shipped weights can answer.

    Args:
        table: what to measure.
        images: of each set, in its order.
        begin: told of each cell: number, label, images; gives what to call after each image.
        known: an earlier record: cells of the same weights, images and protocol are taken over.
        keep: called with the record after each cell.

    Returns:
        The record: the facts of the table and `cells`, a list per row.
    """
    record = _facts(table, images)
    _take_over(record, known)
    loaded: tuple[str, Any] = ("", None)  # one at a time: cells of a model follow each other
    for number, (row, column) in enumerate(_places(table)):
        cell = record["cells"][row][column]
        name, where = cell.get("model"), table.columns[column]
        if name is None:
            continue
        paths = images[where.dataset]
        step = begin(number, f"{name}, {where.dataset} {where.level:g}", len(paths))
        if "psnr" not in cell:
            loaded = loaded if loaded[0] == name else (name, table.task.load(name))
            cell |= _rounded(table.task.measure(loaded[1], paths, where.level, step))
            keep(record)
    return record


def cell_count(table: Table) -> int:
    """How many cells are gone through, measured or not."""
    return len(table.rows) * len(table.columns)


def _places(table: Table) -> list[tuple[int, int]]:
    return [(row, column) for row in range(len(table.rows)) for column in range(len(table.columns))]


def _facts(table: Table, images: Mapping[str, Sequence[Path]]) -> dict[str, Any]:
    import torch

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
        "symbol": table.task.symbol,
        "protocol": dict(table.task.protocol),
        "torch": torch.__version__,
        "sets": sets,
        "columns": [{"dataset": c.dataset, "level": c.level} for c in table.columns],
        "rows": [row.label for row in table.rows],
        "cells": [[_published(row, c) for c in range(len(table.columns))] for row in table.rows],
    }


def _published(row: Row, column: int) -> dict[str, Any]:
    cell: dict[str, Any] = {"published_psnr": row.psnr[column]}
    if row.ssim:
        cell["published_ssim"] = row.ssim[column]
    name = row.model(column)
    if name is None or name not in names():
        return cell
    digest = hashlib.sha256(weights_path(name).read_bytes()).hexdigest()
    return cell | {"model": name, "weights_sha256": digest}


def _rounded(scores: Scores) -> dict[str, Any]:
    return {key: round(getattr(scores, key), 4) for key in _MEASURED}


def _take_over(record: dict[str, Any], known: Mapping[str, Any] | None) -> None:
    """Fills in what an earlier record measured under the same conditions."""
    old = {key: cell for key, cell in _cells(known or {}) if "psnr" in cell}
    for key, cell in _cells(record):
        cell |= {k: old[key][k] for k in _MEASURED} if key in old else {}


def _cells(record: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Cells that a model answers, each with all that its figures depend on."""
    for row in record.get("cells", ()):
        for cell, column in zip(row, record["columns"], strict=True):
            if "model" in cell:
                pixels = record["sets"][column["dataset"]]["pixels_sha256"]
                depends = [cell["weights_sha256"], pixels, column["level"]]
                yield json.dumps([*depends, record["protocol"], record["torch"]]), cell
