"""Results as JSON and as text."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


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
        OSError: when the disk refuses.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


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
