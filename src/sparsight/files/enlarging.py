"""A photograph as it would be if it had more pixels: what an enlarged one is written like."""

from dataclasses import dataclass, replace

import numpy as np
import torch

from sparsight.files.photo import Photo
from sparsight.files.samples import Samples
from sparsight.ops import resize_bicubic

# Rows beyond those asked for that interpolation looks at.
_MARGIN = 3


@dataclass(frozen=True, eq=False)
class EnlargedSamples:
    """Samples interpolated bicubically, rows at a time.

    Attributes:
        source: the samples as stored.
        times: how many times as many rows and columns.
    """

    source: Samples
    times: int

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width, channels with alpha."""
        height, width, channels = self.source.shape
        return height * self.times, width * self.times, channels

    @property
    def dtype(self) -> np.dtype:
        """The type of one number."""
        return self.source.dtype.newbyteorder("=")

    def rows(self, top: int, bottom: int) -> np.ndarray:
        """Returns the rows from `top` to before `bottom`, (rows, width, channels)."""
        first = max(0, top // self.times - _MARGIN)
        last = min(self.source.shape[0], -(-bottom // self.times) + _MARGIN)
        stored = self.source.rows(first, last).astype(np.float32)
        planes = torch.from_numpy(np.ascontiguousarray(stored.transpose(2, 0, 1)))[None]
        size = (self.times * planes.shape[2], self.times * planes.shape[3])
        start = top - first * self.times
        large = resize_bicubic(planes, size)[0, :, start : start + bottom - top]
        array = large.permute(1, 2, 0).numpy()
        if self.dtype.kind == "f":
            return array.astype(self.dtype)
        limits = np.iinfo(self.dtype)
        whole = np.rint(array.astype(np.float64))
        return whole.clip(limits.min, limits.max).astype(self.dtype)


def enlarged(photo: Photo, times: int) -> Photo:
    """The photograph with more pixels, interpolated; all else is kept.

    Args:
        photo: as opened.
        times: how many times as many rows and columns.
    """
    return replace(photo, samples=EnlargedSamples(photo.samples, times))
