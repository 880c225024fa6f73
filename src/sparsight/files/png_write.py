"""Writes PNG of 8 and 16 bits, in grey and colour, with and without alpha.

Each row is filtered by whichever of the five filters leaves the smallest sum of absolute
values: PNG specification, third edition, sections 9 and 12.7.
"""

import struct
import zlib
from io import BufferedIOBase

import numpy as np

from sparsight.files.metadata import Metadata
from sparsight.files.png import GREY, GREY_ALPHA, RGB, RGB_ALPHA, SIGNATURE, chunk

_COLOURS = {1: GREY, 2: GREY_ALPHA, 3: RGB, 4: RGB_ALPHA}
_STRIP = 2**19
_LEVEL = 6


def write_png(file: BufferedIOBase, array: np.ndarray, metadata: Metadata) -> None:
    """Writes a PNG.

    Args:
        file: open for writing.
        array: (height, width, channels) of 8 or 16 bits; 1 to 4 channels.
        metadata: what goes with it.

    Raises:
        OSError: when the disk refuses.
    """
    height, width, channels = array.shape
    bits = 8 * array.dtype.itemsize
    head = struct.pack(">IIBBBBB", width, height, bits, _COLOURS[channels], 0, 0, 0)
    file.write(SIGNATURE + chunk(b"IHDR", head))
    for name, content in metadata.chunks or _chunks(metadata):
        file.write(chunk(name, metadata.exif if name == b"eXIf" else content))
    _write_pixels(file, array)
    file.write(chunk(b"IEND", b""))


def _chunks(metadata: Metadata) -> list[tuple[bytes, bytes]]:
    chunks = []
    if metadata.icc:
        chunks.append((b"iCCP", b"ICC profile\0\0" + zlib.compress(metadata.icc)))
    if metadata.dpi is not None:
        across, down = (round(value / 0.0254) for value in metadata.dpi)
        chunks.append((b"pHYs", struct.pack(">IIB", across, down, 1)))
    if metadata.exif:
        chunks.append((b"eXIf", metadata.exif))
    comment = metadata.comment.rstrip(b"\0")
    if comment and b"\0" not in comment:
        chunks.append(_comment(comment))
    if metadata.xmp:
        chunks.append((b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + metadata.xmp))
    return chunks


def _comment(text: bytes) -> tuple[bytes, bytes]:
    """A chunk for UTF-8, or one for Latin-1: JPEG does not say how its comments are written."""
    try:
        text.decode()
    except UnicodeDecodeError:
        return b"tEXt", b"Comment\0" + text
    return b"iTXt", b"Comment\0\0\0\0\0" + text


def _write_pixels(file: BufferedIOBase, array: np.ndarray) -> None:
    height, width, channels = array.shape
    step = channels * array.dtype.itemsize
    strip = max(1, _STRIP // (width * step))
    squeeze = zlib.compressobj(_LEVEL)
    above = np.zeros((1, width * step), np.uint8)
    for top in range(0, height, strip):
        part = array[top : top + strip]
        rows = np.frombuffer(part.astype(part.dtype.newbyteorder(">")).tobytes(), np.uint8)
        rows = rows.reshape(len(part), width * step)
        packed = squeeze.compress(_filter(rows, above, step).tobytes())
        if packed:
            file.write(chunk(b"IDAT", packed))
        above = rows[-1:]
    file.write(chunk(b"IDAT", squeeze.flush()))


def _filter(rows: np.ndarray, above: np.ndarray, step: int) -> np.ndarray:
    """Filters rows of bytes, (rows, bytes) to (rows, 1 + bytes)."""
    up = np.concatenate([above, rows[:-1]])
    left, corner = _shifted(rows, step), _shifted(up, step)
    middle = ((left.astype(np.uint16) + up) >> 1).astype(np.uint8)
    guesses = (np.uint8(0), left, up, middle, _paeth(left, up, corner))
    best = np.empty((len(rows), rows.shape[1] + 1), np.uint8)
    least = np.full(len(rows), np.iinfo(np.int64).max)
    for kind, guess in enumerate(guesses):
        rest = rows - guess
        cost = np.minimum(rest, -rest).sum(axis=1, dtype=np.int64)
        better = cost < least
        least[better] = cost[better]
        best[better, 0] = kind
        best[better, 1:] = rest[better]
    return best


def _shifted(rows: np.ndarray, step: int) -> np.ndarray:
    shifted = np.zeros_like(rows)
    shifted[:, step:] = rows[:, :-step]
    return shifted


def _paeth(left: np.ndarray, up: np.ndarray, corner: np.ndarray) -> np.ndarray:
    a, b, c = (part.astype(np.int16) for part in (left, up, corner))
    to_left, to_up, to_corner = abs(b - c), abs(a - c), abs(a + b - 2 * c)
    first = np.where(to_up <= to_corner, up, corner)
    return np.where((to_left <= to_up) & (to_left <= to_corner), left, first)
