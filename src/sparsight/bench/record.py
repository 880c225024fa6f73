"""Results as JSON and as text."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sparsight.atomic import whole_file

_PARTS = ("table", "page", "title", "source", "note", "level", "protocol", "sets", "models")


def save_results(record: Mapping[str, Any], path: Path) -> None:
    """Writes a record, all or nothing.

    Args:
        record: model, data, results.
        path: a file; what was there is replaced.

    Raises:
        OSError: when the disk refuses.
    """
    save_text(json.dumps(record, indent=1) + "\n", path)


def save_text(text: str, path: Path) -> None:
    """Writes a text, all or nothing.

    Args:
        text: e.g. a page of Markdown.
        path: a file; what was there is replaced.

    Raises:
        OSError: when the disk refuses; it names this file.
    """
    try:
        with whole_file(path) as part:
            part.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


def read_record(path: Path) -> dict[str, Any]:
    """What `save_results` wrote.

    Args:
        path: a file of JSON.

    Raises:
        ValueError: it holds no record.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} holds no results: {error}; remove it") from error
    if not isinstance(record, dict):
        raise ValueError(f"{path} holds no results; remove it")
    return record


def read_table(path: Path) -> dict[str, Any]:
    """What `save_results` wrote of a table.

    Args:
        path: a file of JSON.

    Raises:
        ValueError: it holds no table.
    """
    record = read_record(path)
    try:
        whole = _is_table(record)
    except (KeyError, TypeError, AttributeError):
        whole = False
    if not whole:
        raise ValueError(f"{path} holds no results of a table; remove it")
    return record


def _is_table(record: Mapping[str, Any]) -> bool:
    width, cells = len(record["columns"]), record["cells"]
    alike = len(record["rows"]) == len(cells) and all(len(row) == width for row in cells)
    measured = [cell for row in cells for cell in row if "images" in cell]
    figures = [[cell[kind] for kind in record["metrics"] if kind in cell] for cell in measured]
    numbers = all(some and all(isinstance(f, int | float) for f in some) for some in figures)
    return alike and numbers and all(part in record for part in _PARTS)
