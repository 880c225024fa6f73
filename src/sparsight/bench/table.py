"""A table of a paper: its figures as facts, and the models and the task that answer them.

Tables are data, in `papers/`, a file per paper. `measure.measure_table` answers one from shipped
weights and gives a record; `table_page` writes records as text.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from sparsight.data.pinned import Pin, pins_of

Progress = Callable[[], None]


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
