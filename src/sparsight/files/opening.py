"""Opens a photograph of any of the four formats."""

import os
import stat
from pathlib import Path

from sparsight.files.errors import reading, refuse
from sparsight.files.formats import JPEG, PARTIAL, PNG, TIFF, WEBP, by_content
from sparsight.files.jpeg import read_jpeg
from sparsight.files.photo import Photo
from sparsight.files.png_read import read_png
from sparsight.files.tiff_read import read_tiff
from sparsight.files.webp import read_webp

_READERS = {PNG: read_png, JPEG: read_jpeg, TIFF: read_tiff, WEBP: read_webp}


def open_photo(path: str | os.PathLike[str]) -> Photo:
    """Opens a PNG, JPEG, TIFF or WebP, told apart by content and not by name.

    Uncompressed TIFF stays in its file and is read row by row; of all else the stored
    integers are held in memory. Float pictures are looked through once.

    Args:
        path: the file.

    Returns:
        The photo.

    Raises:
        FileError: when it is missing, not a picture, damaged, cut short, animated, of several
            pages, larger than 1000 megapixels, in CMYK or Lab, or has NaN.
    """
    path = Path(path)
    with reading(path):
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
            head = file.read(16)
        return _READERS[by_content(path, head)](path)
