"""A table of a paper: its figures as facts, and the models and the task that answer them.

Tables are data, in `papers/`, a file per paper. `measure_table` answers one from shipped weights
and gives a record; `table_page` writes records as text.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from sparsight.data.pinned import Pin, pins_of, set_digest
from sparsight.zoo import names, weights_path

Progress = Callable[[], None]
Begin = Callable[[int, str, int], Progress]


class Scores(Protocol):
    """What is measured on a folder of images."""

    @property
    def psnr(self) -> float:
        """In dB, of the clipped output in float."""
        ...

    @property
    def ssim(self) -> float:
        """Structural similarity."""
        ...

    @property
    def psnr_8bit(self) -> float:
        """In dB, of the output rounded to 8 bits."""
        ...

    @property
    def images(self) -> int:
        """How many."""
        ...


@dataclass(frozen=True)
class Task:
    """How a cell is measured.

    Args:
        load: a model by its name in the zoo.
        measure: (model, images, level, progress) -> scores.
        symbol: of the level, e.g. "σ".
        protocol: what figures depend on, in words; a change makes earlier figures void.
    """

    load: Callable[[str], Any]
    measure: Callable[[Any, Sequence[Path], float, Progress], Scores]
    symbol: str
    protocol: Mapping[str, str]


@dataclass(frozen=True)
class Column:
    """One set at one level of noise, compression, ...

    Args:
        dataset: one of the pinned sets.
        level: in the unit of the task.
    """

    dataset: str
    level: float


@dataclass(frozen=True)
class Row:
    """One method.

    Args:
        label: as the paper names it.
        psnr: as published, one per column; None where the paper has none.
        ssim: likewise; empty where the paper has none.
        models: names in the zoo that answer the columns: one for all, or one per column; empty
            for methods that are quoted only.
    """

    label: str
    psnr: tuple[float | None, ...]
    ssim: tuple[float | None, ...] = ()
    models: tuple[str, ...] = ()

    def model(self, column: int) -> str | None:
        """The name of the model that answers a column."""
        return self.models[column if len(self.models) > 1 else 0] if self.models else None


@dataclass(frozen=True)
class Table:
    """A table.

    Args:
        name: on the command line.
        page: the page of docs/results that it stands on.
        title: above it.
        source: where the published figures stand.
        task: how cells are measured.
        columns: sets and levels.
        rows: methods.
        note: what keeps measured and published figures apart.

    Raises:
        ValueError: a row has not one figure per column.
    """

    name: str
    page: str
    title: str
    source: str
    task: Task
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""
    pins: Mapping[str, tuple[Pin, ...]] = field(init=False, repr=False)

    def __post_init__(self):
        """Counts, and looks up what is pinned."""
        for row in self.rows:
            if {len(row.psnr), len(row.ssim) or len(row.psnr)} != {len(self.columns)}:
                raise ValueError(f"{self.name}: {row.label} needs {len(self.columns)} figures")
        pins = {column.dataset: pins_of(column.dataset) for column in self.columns}
        object.__setattr__(self, "pins", pins)


def measure_table(
    table: Table,
    images: Mapping[str, Sequence[Path]],
    begin: Begin,
    known: Mapping[str, Any] | None = None,
    keep: Callable[[Mapping[str, Any]], None] = lambda record: None,
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
    old = _cells_by_key(known) if known else {}
    loaded: tuple[str, Any] = ("", None)  # one at a time: cells of a model follow each other
    for number, (row, column) in enumerate(_places(table)):
        cell = record["cells"][row][column]
        name, where = cell.get("model"), table.columns[column]
        if name is None:
            continue
        paths = images[where.dataset]
        step = begin(number, f"{name}, {where.dataset} {where.level:g}", len(paths))
        if (found := old.get(_key(record, cell, where))) is not None:
            cell |= found
        else:
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
    quality = {key: round(getattr(scores, key), 4) for key in ("psnr", "ssim", "psnr_8bit")}
    return {**quality, "images": scores.images}


def _cells_by_key(record: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    columns = [Column(**column) for column in record["columns"]]
    return {
        _key(record, cell, column): {k: cell[k] for k in ("psnr", "ssim", "psnr_8bit", "images")}
        for row in record["cells"]
        for cell, column in zip(row, columns, strict=True)
        if "psnr" in cell
    }


def _key(record: Mapping[str, Any], cell: Mapping[str, Any], column: Column) -> str:
    """All that the figures of a cell depend on."""
    pixels = record["sets"][column.dataset]["pixels_sha256"]
    return json.dumps([cell["weights_sha256"], pixels, column.level, record["protocol"]])
