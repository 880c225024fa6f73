"""Fetches the pixels of a TIFF page: located in the file, or put together from its pieces."""

from pathlib import Path

import numpy as np

from sparsight.files.ifd import take
from sparsight.files.samples import ArraySamples, FileSamples, Samples, stamp_of
from sparsight.files.tiff_codecs import NONE, undo_predictor, unpack
from sparsight.files.tiff_page import WHITE_IS_ZERO, Page


def fetch(path: Path, page: Page) -> Samples:
    """Fetches the samples of a page.

    Args:
        path: the file.
        page: one with samples of whole bytes and one of the compressions in `CODECS`.

    Returns:
        Samples left in the file when they are uncompressed strips, else an array.

    Raises:
        ValueError: when pieces are missing or damaged.
    """
    size = path.stat().st_size
    for offset, count in zip(page.offsets, page.counts, strict=False):
        if offset + count > size:
            raise ValueError(f"it ends at byte {size}, before byte {offset + count}")
    if page.compression != NONE:
        return ArraySamples(_assemble(path, page, size))
    plain = page.width * page.height * page.samples * page.dtype.itemsize
    if plain > size:
        raise ValueError("pixels are missing")
    if page.tiled or page.predictor != 1 or page.photometric == WHITE_IS_ZERO:
        return ArraySamples(_assemble(path, page, size))
    shape = (page.height, page.width, page.samples)
    return FileSamples(path, shape, page.dtype, _row_offsets(page), stamp_of(path))


def _row_offsets(page: Page) -> np.ndarray:
    """Locates each row of uncompressed strips, (planes, height)."""
    stride = page.width * page.samples // page.planes * page.dtype.itemsize
    strips = -(-page.height // page.piece[0])
    rows = np.arange(page.height)
    inside = rows % page.piece[0]
    short = np.minimum(page.piece[0], page.height - rows + inside) * stride
    located = []
    for plane in range(page.planes):
        which = rows // page.piece[0] + plane * strips
        if (np.array(page.counts)[which] < short).any():
            raise ValueError("pixels are missing")
        located.append(np.array(page.offsets)[which] + inside * stride)
    return np.stack(located)


def _assemble(path: Path, page: Page, size: int) -> np.ndarray:
    """Puts strips or tiles together, (height, width, samples) in this machine's order."""
    native = page.dtype.newbyteorder("=")
    array = np.empty((page.height, page.width, page.samples), native)
    channels = page.samples // page.planes
    high, wide = page.piece
    down = -(-page.height // high)
    with open(path, "rb") as file:
        for index in range(page.planes * down * page.across):
            plane, place = divmod(index, down * page.across)
            top, left = place // page.across * high, place % page.across * wide
            data = take(file, page.offsets[index], page.counts[index], size)
            rows = high if page.tiled else min(high, page.height - top)
            stride = wide * channels * native.itemsize
            plain = unpack(data, page.compression, rows, stride)
            piece = np.frombuffer(plain, page.dtype).reshape(rows, wide, channels)
            piece = undo_predictor(piece, page.predictor)
            target = array[top : top + high, left : left + wide, plane : plane + channels]
            target[...] = piece[: target.shape[0], : target.shape[1]]
    if page.photometric == WHITE_IS_ZERO:
        np.subtract(np.iinfo(native).max, array[..., :1], out=array[..., :1])
    return array
