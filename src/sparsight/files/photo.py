"""A photograph that has been opened: its shape, and its rows as numbers in [0, 1]."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sparsight.files.errors import refuse
from sparsight.files.metadata import Metadata
from sparsight.files.orientation import orientation_of
from sparsight.files.ranges import range_of
from sparsight.files.samples import Samples

_DEPTHS = {"uint8": "8-bit", "uint16": "16-bit", "uint32": "32-bit", "int8": "signed 8-bit"}
_DEPTHS |= {"int16": "signed 16-bit", "int32": "signed 32-bit"}
_DEPTHS |= {f"float{bits}": f"{bits}-bit float" for bits in (16, 32, 64)}
_SINGLE = ("uint8", "uint16", "float16", "float32")  # what float32 holds exactly


@dataclass(frozen=True, eq=False)
class Photo:
    """A picture of one or three colour channels, read row by row.

    Pixels stay as they lie in the file: an EXIF orientation is kept, not applied.

    Attributes:
        path: where it was read.
        samples: its numbers as stored, alpha last.
        colours: 1 (grey) or 3 (RGB).
        metadata: what travels to the output beside the pixels.
        lossless: whether its file stores every pixel exactly.
        scale: what the value that becomes 1 exceeds the one that becomes 0 by: 255, 65535 or
            what `range_of` finds.
        black: the value that becomes 0.
        turned: whether the numbers of the file count from white; `samples` do not.
    """

    path: Path
    samples: Samples = field(repr=False)
    colours: int
    metadata: Metadata = field(repr=False)
    lossless: bool
    scale: float
    black: float = 0.0
    turned: bool = False

    @property
    def shape(self) -> tuple[int, int, int]:
        """Colour channels without alpha, height, width."""
        height, width, _ = self.samples.shape
        return self.colours, height, width

    @property
    def dtype(self) -> np.dtype:
        """The type of one stored number, in the byte order of this machine."""
        return self.samples.dtype.newbyteorder("=")

    @property
    def depth(self) -> str:
        """The depth in words, e.g. "16-bit" or "32-bit float"."""
        return _DEPTHS[self.dtype.name]

    @property
    def alpha(self) -> bool:
        """Whether a channel of transparency goes with the colours."""
        return self.samples.shape[2] > self.colours

    @property
    def orientation(self) -> int:
        """Of EXIF, 1 to 8: `as_shown` turns pixels by it."""
        return orientation_of(self.metadata)

    def read_rows(self, top: int, bottom: int) -> np.ndarray:
        """Reads rows as numbers for a model.

        Args:
            top: first row, from 0.
            bottom: one past the last row, at most the height.

        Returns:
            float32 (colours, bottom - top, width), in [0, 1] for pictures of 8 and 16 bits, about
            that for others.

        Raises:
            FileError: when there are no such rows, or the file is gone or has changed.
        """
        height = self.samples.shape[0]
        if not 0 <= top < bottom <= height:
            raise refuse(
                self.path, f"it has no rows {top} to {bottom}", f"ask within 0 to {height}"
            )
        kind = np.float32 if self.dtype.name in _SINGLE else np.float64
        rows = self.samples.rows(top, bottom)[..., : self.colours].astype(kind)
        if self.black:
            rows -= kind(self.black)
        if self.scale != 1.0:
            rows /= kind(self.scale)
        return np.ascontiguousarray(rows.transpose(2, 0, 1), np.float32)

    def read_alpha(self, top: int, bottom: int) -> np.ndarray:
        """Reads the channels that are no colour, as stored.

        Args:
            top: first row, from 0.
            bottom: one past the last row.

        Returns:
            (bottom - top, width, 1), or (bottom - top, width, 0) without alpha.

        Raises:
            FileError: when the file is gone or has changed.
        """
        return self.samples.rows(top, bottom)[..., self.colours :]


def photo_of(
    path: Path, samples: Samples, colours: int, metadata: Metadata, *, lossless: bool
) -> Photo:
    """Makes a photo of what was read, after a look through float pictures.

    Args:
        path: where it was read.
        samples: its numbers as stored.
        colours: 1 or 3.
        metadata: what travels beside the pixels.
        lossless: whether the file stores every pixel exactly.

    Returns:
        The photo, with its scale.

    Raises:
        FileError: when a float picture has NaN or infinite samples.
    """
    black, white = range_of(path, samples, colours)
    return Photo(path, samples, colours, metadata, lossless, white - black, black)
