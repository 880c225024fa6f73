"""Finds the pictures that a user names: files, folders, patterns."""

import glob
import os
from collections.abc import Container, Iterator, Sequence
from pathlib import Path

from sparsight.files.errors import reading, refuse
from sparsight.files.formats import EXTENSIONS, FOREIGN, MICROSCOPY, TIFF

_MAGIC = frozenset("*?[")
_READ = (*EXTENSIONS, *MICROSCOPY)


def find_images(inputs: Sequence[str | os.PathLike[str]]) -> list[tuple[Path, Path]]:
    """Finds pictures.

    Files are taken whatever their ending. Folders are searched through all their folders for
    known endings; hidden files, and with them unfinished outputs, are passed over. Patterns
    are expanded here for shells that do not.

    Args:
        inputs: names of files and folders, and patterns with *, ?, [ ] and **.

    Returns:
        Each picture once: its path, and the path below the folder, or below the fixed part
        of the pattern, by which it was found; for a file its name. That of a TIFF by a microscope
        ends in .tif, as what is written under it will.

    Raises:
        FileError: when one of the inputs names no picture.
    """
    found: dict[tuple[Path, Path], None] = {}
    for text in inputs:
        with reading(text):
            pairs = list(_expand(os.fspath(text)))
        if not pairs:
            advice = f"give files ending in {', '.join(EXTENSIONS)}, or a folder with some"
            raise refuse(text, "no picture is found there", advice)
        found |= dict.fromkeys(pairs)
    if not found:
        raise refuse("input", "no file was named", "give files, folders or patterns")
    return [(path, _as_written(relative)) for path, relative in found]


def _as_written(path: Path) -> Path:
    other = path.suffix.lower() in MICROSCOPY
    return path.with_suffix(TIFF.extensions[0]) if other else path


def find_foreign(folder: str | os.PathLike[str]) -> list[Path]:
    """The pictures in a folder, and in all its folders, whose formats are not read here.

    Args:
        folder: name of a folder; anything else holds none.
    """
    path = Path(folder)
    return [found for found, _ in _in_folder(path, path, FOREIGN)] if path.is_dir() else []


def _expand(text: str) -> Iterator[tuple[Path, Path]]:
    path = Path(text)
    if path.is_dir():
        yield from _in_folder(path, path)
    elif os.path.lexists(path):
        yield path, Path(path.name)
    elif _MAGIC & set(text):
        yield from _matching(text)
    else:
        path.stat()


def _matching(pattern: str) -> Iterator[tuple[Path, Path]]:
    parts = Path(pattern).parts
    fixed = next(index for index, part in enumerate(parts) if _MAGIC & set(part))
    base = Path(*parts[:fixed])
    for match in sorted(map(Path, glob.glob(pattern, recursive=True))):
        if match.is_dir():
            if "**" not in parts:
                yield from _in_folder(match, base)
        elif _is_picture(match):
            yield match, match.relative_to(base)


def _in_folder(
    folder: Path, base: Path, endings: Container[str] = _READ
) -> Iterator[tuple[Path, Path]]:
    for place, folders, names in os.walk(folder, onerror=_raise):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if _is_picture(path, endings):
                yield path, path.relative_to(base)


def _is_picture(path: Path, endings: Container[str] = _READ) -> bool:
    return not path.name.startswith(".") and path.suffix.lower() in endings


def _raise(error: OSError) -> None:
    raise error
