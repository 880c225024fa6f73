"""Opens a picture of any of the four formats, or all pages of a file."""

import os
import stat
from pathlib import Path

from sparsight.files.errors import reading, refuse
from sparsight.files.formats import JPEG, PARTIAL, PNG, TIFF, WEBP, by_content
from sparsight.files.jpeg import read_jpeg
from sparsight.files.photo import Photo
from sparsight.files.png_read import read_png
from sparsight.files.stack import Stack, stack_of
from sparsight.files.tiff_read import read_tiff
from sparsight.files.webp import read_webp

_READERS = {PNG: read_png, JPEG: read_jpeg, WEBP: read_webp}


def open_stack(path: str | os.PathLike[str]) -> Stack:
    """Opens the pages of a TIFF, or a PNG, JPEG or WebP, told apart by content and not by name.

    Pages are read when asked for. Uncompressed ones stay in their file and are read row by row; of
    all else the stored integers of one page at a time are held in memory. Pictures that do not say
    what is white are looked through once.

    Args:
        path: the file.

    Returns:
        One or more pages.

    Raises:
        FileError: when it is missing, not a picture, damaged, cut short, animated, larger than
            1000 megapixels a page, in CMYK or Lab, or has NaN.
    """
    path = Path(path)
    with reading(path):
        kind = by_content(path, _head(path))
        return read_tiff(path) if kind is TIFF else stack_of(_READERS[kind](path))


def open_photo(path: str | os.PathLike[str]) -> Photo:
    """Opens a picture alone; see `open_stack`.

    Args:
        path: the file.

    Returns:
        The photo.

    Raises:
        FileError: when it has several pages, or cannot be opened.
    """
    stack = open_stack(path)
    if len(stack) > 1:
        raise refuse(path, f"it has {len(stack)} pages", "save one page by itself")
    return stack.page(0)


def _head(path: Path) -> bytes:
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise refuse(path, "it is a folder", "give the name of a picture")
    if not stat.S_ISREG(status.st_mode):
        raise refuse(path, "it is no regular file", "give the name of a picture")
    if path.suffix.lower() == PARTIAL:
        raise refuse(path, "it is an output that was never finished", "delete it")
    if status.st_size == 0:
        raise refuse(path, "it is empty", "get it again from its source")
    with open(path, "rb") as file:
        return file.read(16)
