"""Mosaics of a sensor, one number per pixel: grey pictures, or arrays in `.npy`."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sparsight.files.arrays import read_array
from sparsight.files.errors import refuse
from sparsight.files.limits import check_size
from sparsight.files.metadata import Metadata, without_grey_profile
from sparsight.files.opening import open_photo
from sparsight.files.photo import Photo, photo_of
from sparsight.files.samples import ArraySamples, Samples

_GREATEST = float(np.finfo(np.float32).max)
_DTYPES = ("uint8", "uint16", "float32")
_LEAST_BITS = 8


def open_mosaic(path: Path, white: float | None = None) -> Photo:
    """Opens a mosaic.

    Args:
        path: `.npy` of rows and columns, or a grey picture.
        white: the number that becomes 1. By default sensors are taken to have 8 to 16 bits, as
            many as the greatest sample needs; 1 is white of floats, or their greatest above 1.5.

    Raises:
        FileError: it cannot be read, has several channels, or a sample above white or beyond what
            float32 holds.
    """
    photo = _open_array(path) if path.suffix.lower() == ".npy" else open_photo(path)
    if photo.samples.shape[2] != 1:
        channels = photo.samples.shape[2]
        raise refuse(path, f"it has {channels} channels", "a mosaic has one number per pixel")
    peak = _peak(photo)
    if white is None and photo.dtype.kind == "f":
        return replace(photo, scale=peak if peak > 1.5 else 1.0, black=0.0)
    if white is None:
        bits = max(_LEAST_BITS, int(peak).bit_length())
        return replace(photo, scale=2.0**bits - 1, black=0.0)
    if not peak <= white < float("inf"):
        raise refuse(path, f"its greatest sample is {peak:g}", f"white is {white:g}; give more")
    return replace(photo, scale=float(white), black=0.0)


def in_colour(mosaic: Photo) -> Photo:
    """What a demosaicked picture is written like: as the mosaic, with three channels.

    Args:
        mosaic: as opened.
    """
    metadata = without_grey_profile(mosaic.metadata)
    return replace(mosaic, samples=_Tripled(mosaic.samples), colours=3, metadata=metadata)


@dataclass(frozen=True, eq=False)
class _Tripled:
    """Samples of one channel, three times over.

    Attributes:
        source: the samples as stored.
    """

    source: Samples

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width, channels."""
        height, width, _ = self.source.shape
        return height, width, 3

    @property
    def dtype(self) -> np.dtype:
        """The type of one number."""
        return self.source.dtype.newbyteorder("=")

    def rows(self, top: int, bottom: int) -> np.ndarray:
        """Returns the rows from `top` to before `bottom`, (rows, width, 3)."""
        return self.source.rows(top, bottom).repeat(3, axis=2)


def _open_array(path: Path) -> Photo:
    array = read_array(path)
    if array.ndim != 2:
        raise refuse(path, f"it has shape {array.shape}", "a mosaic has rows and columns")
    if array.dtype == np.float64:
        if np.nanmax(np.abs(array), initial=0, where=np.isfinite(array)) > _GREATEST:
            raise refuse(path, f"it holds numbers beyond {_GREATEST:.1e}", "divide them by white")
        array = array.astype(np.float32)
    if array.dtype.name not in _DTYPES:
        raise refuse(path, f"it holds {array.dtype} numbers", f"give {', '.join(_DTYPES)}")
    check_size(path, array.shape[1], array.shape[0])
    return photo_of(path, ArraySamples(array[..., None]), 1, Metadata(), lossless=True)


def _peak(photo: Photo) -> float:
    height, width, _ = photo.samples.shape
    step = max(1, 2**20 // width)
    return max(
        float(photo.samples.rows(top, min(height, top + step)).max())
        for top in range(0, height, step)
    )
