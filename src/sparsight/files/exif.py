"""EXIF blocks, changed where a restored picture would belie them; all else stays byte for byte.

Notes of makers may count bytes from the beginning of a block, so nothing in it moves.
"""

import io
import struct

from sparsight.files.ifd import EXIF_IFD, LONG, SHORT, numbers, read_directory, read_form

WIDTH, HEIGHT = 0xA002, 0xA003
_LINE = 12
_NUMBERS = {SHORT: "H", LONG: "I"}


def without_prefix(exif: bytes) -> bytes:
    """Takes off the prefix that JPEG, and some WebP writers, put before an EXIF block."""
    return exif.removeprefix(b"Exif\0\0")


def without_thumbnail(exif: bytes) -> bytes:
    """No longer points to a second directory: the picture in small there was not restored.

    Args:
        exif: a block from its TIFF header on; one that cannot be read is given back.
    """
    file = io.BytesIO(exif)
    try:
        form, offset = read_form(file, len(exif))
        _, following = read_directory(file, form, offset, len(exif))
    except ValueError:
        return exif
    if form.big or not following:
        return exif
    changed = bytearray(exif)
    count = struct.unpack_from(form.order + "H", exif, offset)[0]
    struct.pack_into(form.order + "I", changed, offset + 2 + _LINE * count, 0)
    return bytes(changed)


def of_larger(exif: bytes, times: int) -> bytes:
    """With the size of a picture that has `times` as many rows and columns.

    Args:
        exif: a block from its TIFF header on; one that cannot be read is given back.
        times: 1 or more.
    """
    file = io.BytesIO(exif)
    try:
        form, offset = read_form(file, len(exif))
        fields, _ = read_directory(file, form, offset, len(exif))
        inner = int(numbers(fields[EXIF_IFD], form.order)[0])
        read_directory(file, form, inner, len(exif))
    except (ValueError, KeyError):
        return exif
    changed = bytearray(exif)
    count = struct.unpack_from(form.order + "H", exif, inner)[0]
    for place in range(inner + 2, inner + 2 + _LINE * count, _LINE):
        tag, kind, values = struct.unpack_from(form.order + "HHI", exif, place)
        if tag in (WIDTH, HEIGHT) and values == 1 and kind in _NUMBERS:
            length = struct.unpack_from(form.order + _NUMBERS[kind], exif, place + 8)[0]
            line = tag, LONG, 1, (times * length) % 2**32
            struct.pack_into(form.order + "HHII", changed, place, *line)
    return bytes(changed)
