"""Packs and unpacks the bytes of one strip or tile. TIFF 6.0 sections 9, 13, 14.

Deflate is Python's own. For the others libtiff does the work: Pillow is handed the strip as
if it were a grey 8-bit picture, so every depth passes unharmed.
"""

import io
import zlib

import numpy as np

from sparsight.files.ifd import (
    LONG,
    SHORT,
    Directory,
    Form,
    entry,
    numbers,
    pack,
    read_directory,
    read_form,
)
from sparsight.files.limits import pillow_trusted

NONE, LZW, DEFLATE, OLD_DEFLATE, PACKBITS, LZMA, ZSTD = 1, 5, 8, 32946, 32773, 34925, 50000
CODECS = (NONE, LZW, DEFLATE, OLD_DEFLATE, PACKBITS, LZMA, ZSTD)
_MOST_GAIN = {LZW: 3000, DEFLATE: 1033, OLD_DEFLATE: 1033, PACKBITS: 65}
_HORIZONTAL, _FLOAT = 2, 3
_MOST_PADDING = 2**26
_LITTLE = Form("<", False)


def unpack(data: bytes, compression: int, rows: int, stride: int) -> bytes:
    """Undoes the compression of a piece.

    Args:
        data: the bytes in the file.
        compression: one of `CODECS`.
        rows: how many rows the piece has.
        stride: bytes of one row.

    Returns:
        `rows` · `stride` bytes.

    Raises:
        ValueError: when there is too little data, or libtiff finds it damaged.
        zlib.error: when Deflate data is damaged.
    """
    size = rows * stride
    if compression in _MOST_GAIN and size > len(data) * _MOST_GAIN[compression]:
        raise ValueError("pixels are missing")
    if compression == NONE:
        plain = data[:size]
    elif compression in (DEFLATE, OLD_DEFLATE):
        plain = _inflate(data, size)
    else:
        plain = _unpack_with_libtiff(data, compression, rows, stride)
    if len(plain) != size:
        raise ValueError("pixels are missing")
    return plain


def pack_piece(rows: np.ndarray, compression: int) -> bytes:
    """Compresses a piece.

    Args:
        rows: bytes (rows, stride); for LZW one row, or at most 64 kB.
        compression: LZW or DEFLATE.

    Returns:
        The bytes for the file.
    """
    if compression == DEFLATE:
        return zlib.compress(rows.tobytes(), 6)
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(rows).save(buffer, "TIFF", compression="tiff_lzw")
    written = buffer.getvalue()
    form, offset = read_form(buffer, len(written))
    fields, _ = read_directory(buffer, form, offset, len(written))
    (start,), (count,) = (numbers(fields[tag], form.order).tolist() for tag in (273, 279))
    return written[start : start + count]


def undo_predictor(array: np.ndarray, predictor: int) -> np.ndarray:
    """Undoes the differences between neighbours.

    Args:
        array: (rows, width, channels) as unpacked.
        predictor: tag 317.

    Returns:
        The samples, of the same shape.

    Raises:
        ValueError: when the predictor is unknown or does not suit the samples.
    """
    if predictor == 1:
        return array
    if predictor == _HORIZONTAL and array.dtype.kind in "ui":
        return np.cumsum(array, axis=1, dtype=array.dtype.newbyteorder("="))
    if predictor != _FLOAT or array.dtype.kind != "f":
        raise ValueError(f"its predictor {predictor} does not suit it")
    rows, width, channels = array.shape
    size = array.dtype.itemsize
    parts = array.view(np.uint8).reshape(rows, width * size, channels)
    parts = np.cumsum(parts, axis=1, dtype=np.uint8).reshape(rows, size, width * channels)
    whole = np.ascontiguousarray(parts.transpose(0, 2, 1)).view(f">f{size}")
    return whole.reshape(rows, width, channels)


def apply_predictor(array: np.ndarray, predictor: int) -> np.ndarray:
    """Takes differences between neighbours, the inverse of `undo_predictor`.

    Args:
        array: (rows, width, channels).
        predictor: 1, 2 for integers, or 3 for floats.

    Returns:
        What is to be packed, of the same shape and type.
    """
    if predictor == _HORIZONTAL:
        array = array.copy()
        array[:, 1:] -= array[:, :-1].copy()
    elif predictor == _FLOAT:
        rows, width, channels = array.shape
        size = array.dtype.itemsize
        parts = array.astype(array.dtype.newbyteorder(">")).view(np.uint8)
        parts = parts.reshape(rows, width * channels, size).transpose(0, 2, 1)
        parts = np.ascontiguousarray(parts).reshape(rows, width * size, channels)
        array = apply_predictor(parts, _HORIZONTAL).reshape(-1).view(array.dtype)
        array = array.reshape(rows, width, channels)
    return array


def _inflate(data: bytes, size: int) -> bytes:
    """Undoes Deflate up to its checksum, so that no damage goes unnoticed."""
    stream = zlib.decompressobj()
    plain = stream.decompress(data, size)
    stream.decompress(stream.unconsumed_tail, _MOST_PADDING)
    if not stream.eof:
        raise ValueError("pixels are missing")
    return plain


def _unpack_with_libtiff(data: bytes, compression: int, rows: int, stride: int) -> bytes:
    from PIL.TiffImagePlugin import TiffImageFile

    fields: Directory = {}
    values = {256: stride, 257: rows, 259: compression, 262: 1, 277: 1, 278: rows}
    for tag, value in (values | {258: 8, 273: 0, 279: len(data)}).items():
        fields[tag] = entry(_LITTLE, SHORT if tag in (258, 259, 262, 277) else LONG, value)
    start = 8 + len(pack(fields, _LITTLE, 8))
    fields[273] = entry(_LITTLE, LONG, start)
    disguised = b"II*\0\x08\0\0\0" + pack(fields, _LITTLE, 8) + data
    try:
        with pillow_trusted(), TiffImageFile(io.BytesIO(disguised)) as image:
            return image.tobytes()
    except OSError as error:
        what = f"compression {compression} cannot be undone, or this Pillow does not know it"
        raise ValueError(what) from error
