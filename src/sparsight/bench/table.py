"""A table of a paper: its figures as facts, and the models and the task that answer them.

Tables are data, in `papers/`, a file per paper. `measure.measure_table` answers one from shipped
weights and gives a record; `table_page` writes records as text.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sparsight.data.pinned import Pin, pins_of

Progress = Callable[[], None]
METRICS = {"psnr": "PSNR in dB", "ssim": "SSIM", "psnr_8bit": "PSNR in dB, output of 8 bits"}


@dataclass(frozen=True)
class Cell:
    """What a model is measured on.

    Args:
        images: of the set, in its order.
        level: of the column.
        others: files of the further sets that the task needs, by name of the set.
    """

    images: Sequence[Path]
    level: float
    others: Mapping[str, Sequence[Path]] = field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    """How a cell is measured.

    Args:
        load: a model by its name in the zoo, and by the settings of its row.
        measure: (model, cell, progress) -> a figure for each metric.
        level: how a level is written, e.g. "σ = {:g}"; empty where there is but one.
        protocol: what figures depend on, in words; a change makes earlier figures void.
        metrics: what is measured, and how it is called; published ones of the same key stand
            beside it.
        needs: further pinned sets, e.g. of masks.
        baselines: what stands in for a model and has no weights, by name.
    """

    load: Callable[..., Any]
    measure: Callable[[Any, Cell, Progress], Mapping[str, int | float]]
    level: str
    protocol: Mapping[str, str]
    metrics: Mapping[str, str] = field(default_factory=METRICS.copy)
    needs: tuple[str, ...] = ()
    baselines: Mapping[str, Any] = field(default_factory=dict)

    def model(self, name: str, settings: Mapping[str, str] | None = None) -> Any:
        """A model by its name, or a baseline.

        Args:
            name: of either.
            settings: what a model is loaded with beside its weights, e.g. quality="best".
        """
        if name in self.baselines:
            return self.baselines[name]
        return self.load(name, **(settings or {}))


@dataclass(frozen=True)
class Column:
    """One set at one level of noise, compression, ...

    Args:
        dataset: one of the pinned sets; any name where figures are quoted, or signals generated.
        level: in the unit of the task.
        quoted: whether the set is not to be had, so that published figures stand alone.
        generated: whether the task makes the set by rule, so that no files are needed.
    """

    dataset: str
    level: float = 0.0
    quoted: bool = False
    generated: bool = False

    @property
    def has_files(self) -> bool:
        """Whether it is a pinned set."""
        return not (self.quoted or self.generated)


Figures = tuple[float | None, ...]


@dataclass(frozen=True)
class Row:
    """One method.

    Args:
        label: as the paper names it.
        psnr: as published, one per column; None where the paper has none.
        ssim: likewise; empty where the paper has none.
        models: names in the zoo, or of baselines of the task, that answer the columns: one for
            all, or one per column; empty for methods that are quoted only.
        published: figures of further metrics of the task, likewise one per column.
        settings: what its models are loaded with, e.g. quality="best".
    """

    label: str
    psnr: Figures
    ssim: Figures = ()
    models: tuple[str, ...] = ()
    published: Mapping[str, Figures] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)

    def model(self, column: int) -> str | None:
        """The name of the model that answers a column."""
        return self.models[column if len(self.models) > 1 else 0] if self.models else None

    def figures(self) -> dict[str, Figures]:
        """All that is published, by metric."""
        known = {"psnr": self.psnr, "ssim": self.ssim, **self.published}
        return {metric: values for metric, values in known.items() if values}


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
        ValueError: a row has not one figure, or one model, per column.
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
        count = len(self.columns)
        for row in self.rows:
            if any(len(values) != count for values in row.figures().values()):
                raise ValueError(f"{self.name}: {row.label} needs {count} figures")
            if len(row.models) not in (0, 1, count):
                raise ValueError(f"{self.name}: {row.label} needs one model, or {count}")
        sets = [column.dataset for column in self.columns if column.has_files]
        pins = {name: pins_of(name) for name in (*sets, *self.task.needs)}
        object.__setattr__(self, "pins", pins)
