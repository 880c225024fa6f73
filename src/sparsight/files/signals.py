"""Signals on disk: .npy arrays and .csv tables, a signal per row."""

from pathlib import Path
from typing import IO

import numpy as np

from sparsight.atomic import whole_file
from sparsight.files.arrays import read_array
from sparsight.files.errors import FileError, writing

SUFFIXES = (".npy", ".csv")


def read_signals(path: str | Path) -> np.ndarray:
    """Signals in double precision.

    Args:
        path: .npy with one signal or a table of them, or .csv with numbers separated by commas,
            a signal per row; a single column is one signal.

    Returns:
        (t, n).

    Raises:
        ValueError: the file cannot be read, holds no signals, or numbers that are not finite.
    """
    path = Path(path)
    check_suffix(path)
    try:
        values = read_array(path) if _is_array(path) else _read_csv(path)
        if np.iscomplexobj(values):
            raise TypeError("they are complex")
        table = np.asarray(values, dtype=np.float64)
    except FileError:
        raise
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path} cannot be read as numbers: {error}") from None
    if table.ndim == 2 and not _is_array(path) and table.shape[1] == 1:
        table = table.T
    table = np.atleast_2d(table)
    if table.ndim != 2 or not table.size:
        raise ValueError(
            f"{path} has the shape {'x'.join(map(str, table.shape))}; "
            "give one signal, or a table with a signal per row"
        )
    if not np.isfinite(table).all():
        row, column = np.argwhere(~np.isfinite(table))[0]
        raise ValueError(
            f"{path} holds NaN or infinite numbers, the first in row {row + 1}, "
            f"column {column + 1}; give finite ones"
        )
    return table


def write_signals(path: str | Path, signals: np.ndarray) -> None:
    """Writes signals, all or nothing, in the format of the name.

    Args:
        path: .npy or .csv.
        signals: (t, n); a single one is written as an array of one axis.

    Raises:
        ValueError: another suffix, or the disk refuses.
    """
    path = Path(path)
    check_suffix(path)
    with writing(path), whole_file(path) as part, part.open("wb") as file:
        write = np.save if _is_array(path) else _write_csv
        write(file, signals[0] if len(signals) == 1 else signals)


def _write_csv(file: IO[bytes], signals: np.ndarray) -> None:
    """One signal is a column, several are rows."""
    np.savetxt(file, signals, delimiter=",", fmt="%.17g")


def _read_csv(path: Path) -> np.ndarray:
    """Lines of numbers; a mark of byte order, empty lines and a comma at an end do not matter."""
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    rows = [
        (number, [_number(cell, number) for cell in line.rstrip().removesuffix(",").split(",")])
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not rows:
        raise ValueError("it is empty")
    length = len(rows[0][1])
    for number, row in rows:
        if len(row) != length:
            raise ValueError(f"line {number} has {len(row)} of them, the first {length}")
    return np.array([row for _, row in rows])


def _number(cell: str, line: int) -> float:
    try:
        return float(cell)
    except ValueError:
        raise ValueError(
            f"line {line} has {cell.strip()[:20]!r}; separate numbers by commas, without a heading"
        ) from None


def check_suffix(path: Path) -> None:
    """Refuses names of other formats.

    Raises:
        ValueError: it ends neither in .npy nor in .csv.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(f"{path} is neither .npy nor .csv; give a file of signals")


def _is_array(path: Path) -> bool:
    return path.suffix.lower() == ".npy"
