"""Where the stored numbers of a picture come from: an array, or rows left in a file."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from sparsight.files.errors import reading, refuse


class Samples(Protocol):
    """A picture's numbers as its file stores them, channels last."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width, channels with alpha."""
        ...

    @property
    def dtype(self) -> np.dtype:
        """The type of one number."""
        ...

    def rows(self, top: int, bottom: int) -> np.ndarray:
        """Returns the rows from `top` to before `bottom`, (rows, width, channels)."""
        ...


@dataclass(frozen=True, eq=False)
class ArraySamples:
    """Samples held in memory.

    Attributes:
        array: (height, width, channels), not to be changed.
    """

    array: np.ndarray

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width, channels with alpha."""
        height, width, channels = self.array.shape
        return height, width, channels

    @property
    def dtype(self) -> np.dtype:
        """The type of one number."""
        return self.array.dtype

    def rows(self, top: int, bottom: int) -> np.ndarray:
        """Returns the rows from `top` to before `bottom`, (rows, width, channels)."""
        return self.array[top:bottom]


@dataclass(frozen=True, eq=False)
class FileSamples:
    """Samples left in an uncompressed file and read a few rows at a time.

    Plain reads rather than a memory map: a file that shrinks, or a network drive that goes
    away, is then an error that can be reported and not a signal that kills the process.

    Attributes:
        path: the file.
        shape: height, width, channels with alpha.
        dtype: the type of one number, in the byte order of the file.
        offsets: (planes, height) bytes before each row; one plane, or one for each channel.
        stamp: what `stamp_of` said when the file was opened.
    """

    path: Path
    shape: tuple[int, int, int]
    dtype: np.dtype
    offsets: np.ndarray
    stamp: tuple[int, int]

    def rows(self, top: int, bottom: int) -> np.ndarray:
        """Returns the rows from `top` to before `bottom`, (rows, width, channels).

        Raises:
            FileError: the file cannot be read any more, or has changed.
        """
        with reading(self.path):
            if stamp_of(self.path) != self.stamp:
                raise refuse(self.path, "it changed since it was opened", "open it again")
            planes = [self._plane(offsets[top:bottom]) for offsets in self.offsets]
        return planes[0] if len(planes) == 1 else np.concatenate(planes, axis=2)

    def _plane(self, offsets: np.ndarray) -> np.ndarray:
        _, width, channels = self.shape
        channels //= len(self.offsets)
        stride = width * channels * self.dtype.itemsize
        breaks = np.flatnonzero(np.diff(offsets) != stride) + 1
        parts = []
        with open(self.path, "rb") as file:
            for run in np.split(offsets, breaks):
                file.seek(int(run[0]))
                parts.append(file.read(len(run) * stride))
        data = b"".join(parts)
        if len(data) != len(offsets) * stride:
            raise refuse(self.path, "it is cut short", "get it again from its source")
        return np.frombuffer(data, self.dtype).reshape(len(offsets), width, channels)


def stamp_of(path: Path) -> tuple[int, int]:
    """Tells size (bytes) and time of change (ns), by which a changed file is noticed."""
    status = os.stat(path)
    return status.st_size, status.st_mtime_ns
