"""A photograph as it would be if it had more pixels: what an enlarged one is written like."""

import re
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import torch

from sparsight.files.exif import HEIGHT, WIDTH, of_larger
from sparsight.files.ifd import EXIF_IFD, LONG, RATIONAL, Directory, Entry, Form, entry, numbers
from sparsight.files.metadata import (
    DESCRIPTION,
    INCH,
    RESOLUTION_UNIT,
    X_RESOLUTION,
    Y_RESOLUTION,
)
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
    metadata = replace(photo.metadata, exif=of_larger(photo.metadata.exif, times))
    if metadata.tiff is not None:
        tags = _tags_of_larger(metadata.tiff.tags, metadata.tiff.form, times)
        metadata = replace(metadata, tiff=replace(metadata.tiff, tags=tags))
    return replace(photo, samples=EnlargedSamples(photo.samples, times), metadata=metadata)


def _tags_of_larger(tags: Directory, form: Form, times: int) -> Directory:
    """Fields that tell of the number of pixels, or of their size in the world."""
    scaled = dict(tags)
    inner = tags.get(EXIF_IFD)
    if isinstance(inner, dict):
        known = {tag: numbers(inner[tag], form.order) for tag in (WIDTH, HEIGHT) if tag in inner}
        sizes = {tag: entry(form, LONG, times * int(n[0])) for tag, n in known.items()}
        scaled[EXIF_IFD] = {**inner, **sizes}
    unit = int(numbers(tags[RESOLUTION_UNIT], form.order)[0]) if RESOLUTION_UNIT in tags else INCH
    for tag in (X_RESOLUTION, Y_RESOLUTION):
        # Dots per inch are those of a print; others are of what the pixels show.
        if tag in tags and unit != INCH:
            over, under = (int(n) for n in numbers(tags[tag], form.order)[:2])
            share = Fraction(times * over, max(under, 1)).limit_denominator(2**31)
            scaled[tag] = entry(form, RATIONAL, share.numerator % 2**32, share.denominator)
    text = tags.get(DESCRIPTION)
    if isinstance(text, Entry) and b"</OME" in text.raw:
        scaled[DESCRIPTION] = _ome_of_larger(text, times)
    return scaled


def _ome_of_larger(text: Entry, times: int) -> Entry:
    def size(found: re.Match[bytes]) -> bytes:
        return found[1] + str(int(found[2]) * times).encode() + b'"'

    def length(found: re.Match[bytes]) -> bytes:
        return found[1] + repr(float(found[2]) / times).encode() + b'"'

    raw = re.sub(rb'(\bSize[XY]=")(\d+)"', size, text.raw)
    raw = re.sub(rb'(\bPhysicalSize[XY]=")([-+.\deE]+)"', length, raw)
    return Entry(text.kind, len(raw), raw)
