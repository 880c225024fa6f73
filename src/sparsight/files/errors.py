"""The one exception of this room, and the boundary at which all others become it."""

import errno
import os
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

_DAMAGE = (
    ArithmeticError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    SyntaxError,
    ValueError,
    struct.error,
    zlib.error,
)
_SYSTEM = {
    errno.ENOENT: ("there is no such file or folder", "check the name"),
    errno.EACCES: ("the system does not permit it", "change the permissions or the folder"),
    errno.EPERM: ("the system does not permit it", "change the permissions or the folder"),
    errno.EROFS: ("the disk is read-only", "choose a folder on another disk"),
    errno.ENOSPC: ("the disk is full", "free some space or choose another disk"),
    errno.EDQUOT: ("the disk quota is used up", "free some space or choose another disk"),
    errno.EFBIG: ("the file grows larger than this disk allows", "choose another disk"),
    errno.EISDIR: ("it is a folder", "give the name of a file"),
    errno.ENOTDIR: ("a part of its path is no folder", "check the path"),
    errno.ENAMETOOLONG: ("the name is too long for this disk", "choose a shorter name"),
}
_SHORT = "requested and"  # numpy's word for a disk that took only a part, without an errno
_AGAIN = "get it again from its source"


class FileError(ValueError):
    """A file that cannot be read or written; one line says which, why and what to do."""


def refuse(path: str | os.PathLike[str], what: str, advice: str) -> FileError:
    """Words a refusal; the caller raises it.

    Args:
        path: the file concerned.
        what: what is wrong with it.
        advice: what the user can do.

    Returns:
        The exception, its message on one line.
    """
    return FileError(" ".join(f"{os.fspath(path)}: {what}; {advice}".split()))


@contextmanager
def reading(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turns whatever a damaged or unreadable file provokes into `FileError`.

    Args:
        path: the file being read.

    Raises:
        FileError: in place of any error of the system or of a decoder.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except FileError:
        raise
    except _DAMAGE as error:
        raise _translate(path, error, "it is damaged or cut short", _AGAIN) from error


@contextmanager
def writing(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turns whatever prevents a file from being written into `FileError`.

    Args:
        path: the file being written.

    Raises:
        FileError: in place of any error of the system or of an encoder.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except FileError:
        raise
    except _DAMAGE as error:
        raise _translate(path, error, "it cannot be written", "choose another format") from error


@contextmanager
def of_page(path: str | os.PathLike[str], number: int, count: int) -> Iterator[None]:
    """Says of which page of a file an error tells, where it has several.

    Args:
        path: the file.
        number: of the page, from 0.
        count: of pages.

    Raises:
        FileError: in place of any other `ValueError`.
    """
    try:
        yield
    except ValueError as error:
        text, start = str(error), f"{os.fspath(path)}: "
        foreign = isinstance(error, FileError) and not text.startswith(start)
        if count == 1 or foreign:
            raise
        raise FileError(f"{start}page {number + 1}: {text.removeprefix(start)}") from error


def _translate(
    path: str | os.PathLike[str], error: BaseException, otherwise: str, advice: str
) -> FileError:
    if isinstance(error, MemoryError):
        return refuse(path, "it does not fit into memory", "cut it into smaller pictures")
    if isinstance(error, OSError) and error.errno is not None:
        known = _SYSTEM.get(error.errno)
        return refuse(path, *known) if known else refuse(path, str(error.strerror), "try again")
    if isinstance(error, OSError) and _SHORT in str(error):
        return refuse(path, *_SYSTEM[errno.ENOSPC])
    return refuse(path, f"{otherwise} ({error})", advice)
