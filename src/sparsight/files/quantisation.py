"""The quality of a JPEG, read from its quantisation tables. ITU-T T.81, annex K.1."""

import math
import os
from pathlib import Path

from sparsight.files.errors import reading, refuse
from sparsight.files.formats import JPEG, by_content

# Table K.1, luminance, row by row: what quality 50 divides by.
_ROWS = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)
_MIDDLE = tuple(step for row in _ROWS for step in row)


def jpeg_quality(path: str | os.PathLike[str]) -> int | None:
    """The quality that luma of a JPEG was saved with, 1 to 100.

    Encoders that do not scale the standard's table have no such number: the one whose steps are
    nearest is taken, by their ratios.

    Args:
        path: a file.

    Returns:
        The quality; None for a file that is no JPEG.

    Raises:
        FileError: it cannot be read.
    """
    from PIL.JpegImagePlugin import JpegImageFile

    path = Path(path)
    with reading(path):
        with open(path, "rb") as file:
            if by_content(path, file.read(16)) is not JPEG:
                return None
        with JpegImageFile(path) as image:
            table = image.quantization.get(image.layer[0][3])
        if table is None or len(table) != len(_MIDDLE):
            raise refuse(path, "it has no quantisation table of luma", "give --quality")
    return min(range(1, 101), key=lambda quality: _distance(table, standard_table(quality)))


def standard_table(quality: int) -> list[int]:
    """The luma steps of libjpeg at a quality of 1 to 100, row by row."""
    percent = 5000 // quality if quality < 50 else 200 - 2 * quality
    return [min(max((step * percent + 50) // 100, 1), 255) for step in _MIDDLE]


def _distance(steps: list[int], others: list[int]) -> float:
    return sum(abs(math.log(max(a, 1) / b)) for a, b in zip(steps, others, strict=True))
