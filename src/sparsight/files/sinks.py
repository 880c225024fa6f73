"""Where finished samples go: straight into an uncompressed TIFF, or into an array."""

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
from sparsight.files.tiff_write import TiffWriter, compression_for
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
    shape, metadata = like.samples.shape, like.metadata
    if kind is TIFF and compression_for(metadata) == NONE:
        return TiffWriter(file, shape, like.dtype, metadata, alpha=like.alpha)
    return ArraySink(np.empty(shape, like.dtype), _encoder(path, kind, file, like))


def _encoder(
    path: Path, kind: Format, file: BufferedIOBase, like: Photo
) -> Callable[[np.ndarray], None]:
    shape, metadata = like.samples.shape, like.metadata
    if kind is TIFF:
        writer = TiffWriter(file, shape, like.dtype, metadata, alpha=like.alpha)
        return writer.write_packed
    if kind is PNG:
        return lambda array: write_png(file, array, metadata)
    if kind is JPEG:
        return lambda array: write_jpeg(path, file, array, metadata)
    return lambda array: write_webp(file, array, metadata, lossless=like.lossless)
