"""Where finished samples go: straight into an uncompressed TIFF, or into an array."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from io import BufferedIOBase
from pathlib import Path
from typing import Protocol

import numpy as np

from sparsight.files.formats import JPEG, PNG, TIFF, Format
from sparsight.files.jpeg import write_jpeg
from sparsight.files.photo import Photo
from sparsight.files.png_write import write_png
from sparsight.files.tiff_codecs import NONE
from sparsight.files.tiff_write import TiffFile, TiffWriter
from sparsight.files.webp import write_webp


class Sink(Protocol):
    """Takes samples row by row."""

    def put(self, top: int, rows: np.ndarray) -> None:
        """Takes (rows, width, channels) that begin at row `top`."""
        ...

    def finish(self) -> None:
        """Completes the file once all rows have come."""
        ...


@dataclass(frozen=True, eq=False)
class ArraySink:
    """Collects samples and encodes them together, for compressed formats.

    Attributes:
        array: (height, width, channels), filled as rows come.
        encode: writes such an array.
    """

    array: np.ndarray
    encode: Callable[[np.ndarray], None]

    def put(self, top: int, rows: np.ndarray) -> None:
        """Takes (rows, width, channels) that begin at row `top`."""
        self.array[top : top + len(rows)] = rows

    def finish(self) -> None:
        """Completes the file once all rows have come."""
        self.encode(self.array)


def sink_for(path: Path, kind: Format, file: BufferedIOBase, like: Photo) -> Sink:
    """Chooses how a photo is written.

    Args:
        path: the output, named in errors.
        kind: its format.
        file: open for writing and seeking, empty.
        like: the original.

    Returns:
        The sink.
    """
    if kind is TIFF:
        size = math.prod(like.samples.shape) * like.dtype.itemsize
        return page_sink(TiffFile(file, like.metadata, size), like)
    return ArraySink(np.empty(like.samples.shape, like.dtype), _encoder(path, kind, file, like))


def page_sink(tiff: TiffFile, like: Photo) -> Sink:
    """How a page is added to a TIFF.

    Args:
        tiff: being written.
        like: the original of the page.
    """
    shape, metadata = like.samples.shape, like.metadata
    writer = TiffWriter(tiff, shape, like.dtype, metadata, alpha=like.alpha)
    if writer.compression == NONE:
        return writer
    return ArraySink(np.empty(shape, like.dtype), writer.write_packed)


def _encoder(
    path: Path, kind: Format, file: BufferedIOBase, like: Photo
) -> Callable[[np.ndarray], None]:
    metadata = like.metadata
    if kind is PNG:
        return lambda array: write_png(file, array, metadata)
    if kind is JPEG:
        return lambda array: write_jpeg(path, file, array, metadata)
    return lambda array: write_webp(file, array, metadata, lossless=like.lossless)
