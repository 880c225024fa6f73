"""PNG as a sequence of chunks with checksums. PNG specification, third edition, section 5."""

import struct
import zlib
from collections.abc import Iterator
from io import BufferedIOBase
from typing import NamedTuple

from sparsight.files.ifd import take

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
CHANNELS = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGB_ALPHA: 4}
_BITS = {
    GREY: (1, 2, 4, 8, 16),
    RGB: (8, 16),
    PALETTE: (1, 2, 4, 8),
    GREY_ALPHA: (8, 16),
    RGB_ALPHA: (8, 16),
}


class Header(NamedTuple):
    """The IHDR chunk."""

    width: int
    height: int
    bits: int
    colour: int
    interlaced: int


def read_chunks(file: BufferedIOBase, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Reads chunks up to the end of the picture.

    Args:
        file: an open PNG.
        size: its length.

    Yields:
        The name and the content of each chunk, IEND last.

    Raises:
        ValueError: when a chunk is damaged, cut short, or IEND is missing.
    """
    place, name = len(SIGNATURE), b""
    while name != b"IEND":
        length, name = struct.unpack(">I4s", take(file, place, 8, size))
        data = take(file, place + 8, length + 4, size)
        place += length + 12
        content = data[:length]
        if zlib.crc32(content, zlib.crc32(name)) != int.from_bytes(data[length:], "big"):
            raise ValueError("the checksum of a part is wrong")
        yield name, content


def chunk(name: bytes, content: bytes) -> bytes:
    """Makes one chunk.

    Args:
        name: four letters.
        content: what it holds.

    Returns:
        Its bytes with length and checksum.
    """
    checksum = zlib.crc32(content, zlib.crc32(name))
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)


def read_header(content: bytes) -> Header:
    """Reads an IHDR chunk.

    Args:
        content: its 13 bytes.

    Returns:
        Its numbers.

    Raises:
        ValueError: when they are none that PNG knows.
    """
    if len(content) != 13:
        raise ValueError("its header is wrong")
    width, height, bits, colour, method, filters, interlaced = struct.unpack(">IIBBBBB", content)
    if bits not in _BITS.get(colour, ()) or method or filters or interlaced > 1:
        raise ValueError("its header is wrong")
    return Header(width, height, bits, colour, interlaced)
