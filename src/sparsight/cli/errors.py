"""The boundary: what went wrong, in one line on stderr, and the exit code that goes with it."""

import errno
import os
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FAILED = 1
UNEXPECTED = 70
INTERRUPTED = 130
TERMINATED = 128

_NO_MEMORY = re.compile("out of memory|not enough memory|allocate memory", re.IGNORECASE)


def explain(error: BaseException) -> str | None:
    """Words an error that users can do something about.

    Args:
        error: whatever was raised.

    Returns:
        What went wrong and what to do; None for an error that nobody foresaw.
    """
    if isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and _NO_MEMORY.search(str(error))
    ):
        return "there is not enough memory; use a smaller image or a device with more of it"
    if isinstance(error, OSError):
        name = "" if error.filename is None else f"{os.fsdecode(error.filename)}: "
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return f"{name}the disk is full; free some space or choose another disk"
        return name + (error.strerror or str(error))
    return str(error) if isinstance(error, ValueError) else None


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Puts a file's name before what a model refuses about it, which knows no files.

    Args:
        path: the file in hand.

    Raises:
        FileError: in place of any ValueError that names no file yet.
    """
    from sparsight.files.errors import FileError

    try:
        yield
    except FileError:
        raise
    except ValueError as error:
        raise FileError(f"{path}: {error}") from error


def report(text: str) -> None:
    """Says on stderr, in one line, what went wrong.

    Args:
        text: line breaks in it become blanks.
    """
    print("sparsight:", " ".join(text.split()), file=sys.stderr)


def fail(error: Exception) -> int:
    """Reports an error that ends the run.

    Args:
        error: whatever was raised; with SPARSIGHT_DEBUG=1 the traceback of an unforeseen one
            is shown.

    Returns:
        The exit code.
    """
    text = explain(error)
    if text is not None:
        report(text)
        return FAILED
    advice = "run with SPARSIGHT_DEBUG=1 for the traceback"
    if os.environ.get("SPARSIGHT_DEBUG") == "1":
        traceback.print_exception(error)
        advice = "the traceback is above"
    report(f"unexpected error: {type(error).__name__}: {error} ({advice})")
    return UNEXPECTED
