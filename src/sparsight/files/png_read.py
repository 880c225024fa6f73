"""Reads PNG of every depth, 16-bit colour included.

Pillow reduces 16-bit colour to 8 bits. Its decoder is therefore called directly, twice: once
for the high bytes and once, as if the file were little-endian, for the low ones.
"""

import struct
import zlib
from pathlib import Path

import numpy as np

from sparsight.files.errors import refuse
from sparsight.files.exif import without_thumbnail
from sparsight.files.limits import check_size
from sparsight.files.metadata import Metadata, dots_per_inch
from sparsight.files.photo import Photo, photo_of
from sparsight.files.png import (
    CHANNELS,
    GREY,
    GREY_ALPHA,
    PALETTE,
    RGB,
    Header,
    read_chunks,
    read_header,
)
from sparsight.files.samples import ArraySamples

_KEPT = frozenset(b"gAMA cHRM sRGB cICP mDCV cLLI iCCP pHYs eXIf tEXt zTXt iTXt tIME".split())
_MODES = {
    (0, 1): ("1", "1"),
    (0, 2): ("L", "L;2"),
    (0, 4): ("L", "L;4"),
    (0, 8): ("L", "L"),
    (0, 16): ("I;16", "I;16B"),
    (2, 8): ("RGB", "RGB"),
    (3, 1): ("P", "P;1"),
    (3, 2): ("P", "P;2"),
    (3, 4): ("P", "P;4"),
    (3, 8): ("P", "P"),
    (4, 8): ("LA", "LA"),
    (4, 16): ("RGBA", "RGBA"),
    (6, 8): ("RGBA", "RGBA"),
}
_HALVES = {
    (2, 16): ("RGB", "RGB;16B", "RGB;16L"),
    (6, 16): ("RGBA", "RGBA;16B", "RGBA;16L"),
}
_DEFLATE_AT_MOST = 1033
_LARGEST_PROFILE = 2**26


def read_png(path: Path) -> Photo:
    """Reads a PNG.

    Args:
        path: the file.

    Returns:
        The photo; palettes become RGB, a transparent colour becomes alpha, fewer than
        8 bits become 8.

    Raises:
        FileError: when it is animated or too large.
        ValueError: when it is damaged.
    """
    size = path.stat().st_size
    data, found, kept = bytearray(), {}, []
    with open(path, "rb") as file:
        chunks = read_chunks(file, size)
        header = _check(path, *next(chunks))
        for name, content in chunks:
            if name == b"IDAT":
                data += content
            elif name in _KEPT:
                kept.append((name, content))
            found[name] = content
    if b"acTL" in found:
        raise refuse(path, "it is an animation", "save one picture of it")
    array = _with_palette(_decode(header, bytes(data)), header, found)
    colours = 3 if array.shape[2] >= 3 else 1
    return photo_of(path, ArraySamples(array), colours, _metadata(kept), lossless=True)


def _check(path: Path, name: bytes, content: bytes) -> Header:
    if name != b"IHDR":
        raise ValueError("it does not begin with its header")
    header = read_header(content)
    check_size(path, header.width, header.height)
    return header


def _decode(header: Header, data: bytes) -> np.ndarray:
    width, height, bits, colour, _ = header
    row = (width * bits * CHANNELS[colour] + 7) // 8
    if height * row > len(data) * _DEFLATE_AT_MOST:
        raise ValueError("pixels are missing")
    halves = _HALVES.get((colour, bits))
    if halves is not None:
        mode, high, low = halves
        array = _unzip(header, data, mode, high).astype(np.uint16)
        array <<= 8
        array |= _unzip(header, data, mode, low)
        return array
    array = _unzip(header, data, *_MODES[colour, bits])
    if (colour, bits) == (GREY_ALPHA, 16):
        array = array.view(">u2").astype(np.uint16)
    return array.reshape(height, width, CHANNELS[colour])


def _unzip(header: Header, data: bytes, mode: str, raw: str) -> np.ndarray:
    from PIL import Image

    size = (header.width, header.height)
    image = Image.frombytes(mode, size, data, "zip", raw, header.interlaced)
    return np.asarray(image.convert("L") if mode == "1" else image)


def _with_palette(array: np.ndarray, header: Header, found: dict[bytes, bytes]) -> np.ndarray:
    clear = found.get(b"tRNS")
    if header.colour == PALETTE:
        return _coloured(array[..., 0], found.get(b"PLTE", b""), clear)
    if clear is None or header.colour not in (GREY, RGB):
        return array
    if len(clear) != 2 * array.shape[2]:
        raise ValueError("its transparent colour is wrong")
    key = np.frombuffer(clear, ">u2").astype(int)
    if header.bits < 8:
        key *= 255 // (2**header.bits - 1)
    opaque = (array != key).any(axis=2, keepdims=True)
    full = np.iinfo(array.dtype).max
    return np.concatenate([array, opaque.astype(array.dtype) * array.dtype.type(full)], axis=2)


def _coloured(indices: np.ndarray, palette: bytes, clear: bytes | None) -> np.ndarray:
    if not palette or len(palette) % 3:
        raise ValueError("its palette is wrong")
    table = np.frombuffer(palette, np.uint8).reshape(-1, 3)
    if indices.max() >= len(table):
        raise ValueError("its palette is too short")
    if clear is not None:
        alpha = np.full((len(table), 1), 255, np.uint8)
        alpha[: len(clear), 0] = np.frombuffer(clear[: len(table)], np.uint8)
        table = np.concatenate([table, alpha], axis=1)
    return table[indices]


def _metadata(kept: list[tuple[bytes, bytes]]) -> Metadata:
    first = dict(reversed(kept))
    dpi = None
    if len(first.get(b"pHYs", b"")) == 9:
        across, down, unit = struct.unpack(">IIB", first[b"pHYs"])
        dpi = dots_per_inch(across * 0.0254, down * 0.0254) if unit == 1 else None
    xmp = next((text for name, text in kept if name == b"iTXt" and _is_xmp(text)), b"")
    return Metadata(
        exif=without_thumbnail(first.get(b"eXIf", b"")),
        icc=_inflate(first.get(b"iCCP", b"").partition(b"\0")[2][1:]),
        xmp=xmp.split(b"\0", 5)[5] if xmp else b"",
        dpi=dpi,
        chunks=tuple(kept),
    )


def _is_xmp(text: bytes) -> bool:
    return text.startswith(b"XML:com.adobe.xmp\0\0") and text.count(b"\0") >= 5


def _inflate(data: bytes) -> bytes:
    if not data:
        return b""
    return zlib.decompressobj().decompress(data, _LARGEST_PROFILE)
