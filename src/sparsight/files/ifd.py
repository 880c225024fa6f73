"""TIFF directories as raw entries, for TIFF files and for the EXIF blocks of all formats.

Values are carried as bytes in the byte order of their file, so what is not understood
passes through unchanged. TIFF 6.0 section 2, BigTIFF, Exif 2.32 section 4.6.
"""

import io
import struct
from io import BufferedIOBase
from typing import NamedTuple, TypeAlias

import numpy as np

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, LONG8 = 1, 2, 3, 4, 5, 7, 16
EXIF_IFD, GPS_IFD, INTEROP_IFD = 34665, 34853, 40965

_CODES = {1: "u1", 2: "S1", 3: "u2", 4: "u4", 5: "u4", 6: "i1", 7: "u1", 8: "i2", 9: "i4"}
_CODES |= {10: "i4", 11: "f4", 12: "f8", 13: "u4", 16: "u8", 17: "i8", 18: "u8"}
_SIZES = {kind: int(code[1]) * (2 if kind in (5, 10) else 1) for kind, code in _CODES.items()}
_POINTERS = (EXIF_IFD, GPS_IFD, INTEROP_IFD)
_MOST_ENTRIES = 4096


class Form(NamedTuple):
    """How the numbers of a TIFF are written: byte order "<" or ">", and classic or Big."""

    order: str
    big: bool


class Entry(NamedTuple):
    """One field: its TIFF type, how many values, and their bytes."""

    kind: int
    count: int
    raw: bytes


Directory: TypeAlias = "dict[int, Entry | Directory]"


def entry(form: Form, kind: int, *values: int) -> Entry:
    """Makes a field of whole numbers.

    Args:
        form: the byte order.
        kind: its type, BYTE, SHORT, LONG, LONG8, or RATIONAL with two numbers for each value.
        *values: the numbers.

    Returns:
        The field.
    """
    raw = np.array(values, form.order + _CODES[kind]).tobytes()
    return Entry(kind, len(raw) // _SIZES[kind], raw)


def numbers(field: "Entry | Directory", order: str) -> np.ndarray:
    """Reads the values of a field.

    Args:
        field: the field.
        order: byte order "<" or ">".

    Returns:
        (count,), or (2 · count,) for rationals, numerators and denominators in turn.

    Raises:
        ValueError: when the field is a directory.
    """
    if not isinstance(field, Entry):
        raise ValueError("a directory stands where a number should be")
    return np.frombuffer(field.raw, order + _CODES[field.kind])


def take(file: BufferedIOBase, offset: int, count: int, size: int) -> bytes:
    """Reads bytes that must be there.

    Args:
        file: an open file.
        offset: where.
        count: how many.
        size: the length of the file.

    Returns:
        Exactly `count` bytes.

    Raises:
        ValueError: when they lie outside of the file.
    """
    if offset + count > size:
        raise ValueError(f"it ends at byte {size}, before byte {offset + count}")
    file.seek(offset)
    data = file.read(count)
    if len(data) != count:
        raise ValueError(f"it ends before byte {offset + count}")
    return data


def read_form(file: BufferedIOBase, size: int) -> tuple[Form, int]:
    """Reads the header of a TIFF.

    Args:
        file: an open file.
        size: its length.

    Returns:
        Its form, and where its first directory lies.

    Raises:
        ValueError: when this is no TIFF header.
    """
    head = take(file, 0, 8, size)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None:
        raise ValueError("its TIFF header is wrong")
    version = struct.unpack(order + "H", head[2:4])[0]
    if version == 42:
        return Form(order, False), struct.unpack(order + "I", head[4:])[0]
    if version == 43:
        return Form(order, True), struct.unpack(order + "Q", take(file, 8, 8, size))[0]
    raise ValueError("its TIFF header is wrong")


def read_directory(
    file: BufferedIOBase, form: Form, offset: int, size: int
) -> tuple[Directory, int]:
    """Reads one directory; pointers to others stay as they are.

    Args:
        file: an open file.
        form: its form.
        offset: where the directory lies.
        size: length of the file.

    Returns:
        The fields of known type by tag, and where the next directory lies, 0 for none.

    Raises:
        ValueError: when a part of it lies outside of the file.
    """
    head, line, pointer = ("Q", "HHQ8s", "Q") if form.big else ("H", "HHI4s", "I")
    step, start = struct.calcsize("=" + line), struct.calcsize("=" + head)
    count = struct.unpack(form.order + head, take(file, offset, start, size))[0]
    if count > _MOST_ENTRIES:
        raise ValueError(f"a directory claims {count} fields")
    room = struct.calcsize("=" + pointer)
    table = take(file, offset + start, count * step + room, size)
    fields: Directory = {}
    for place in range(0, count * step, step):
        tag, kind, values, inline = struct.unpack_from(form.order + line, table, place)
        length = values * _SIZES.get(kind, 0)
        if length == 0 or tag in fields:
            continue
        if length > len(inline):
            where = struct.unpack(form.order + pointer, inline)[0]
            inline = take(file, where, length, size)
        fields[tag] = Entry(kind, values, inline[:length])
    return fields, struct.unpack_from(form.order + pointer, table, count * step)[0]


def read_children(
    file: BufferedIOBase,
    form: Form,
    parent: Directory,
    size: int,
    children: tuple[int, ...] = (EXIF_IFD, GPS_IFD),
) -> Directory:
    """Replaces the pointers to EXIF, GPS and interoperability directories by these.

    A directory that cannot be read is left out: the picture is good without it.

    Args:
        file: an open file.
        form: its form.
        parent: what `read_directory` gave.
        size: length of the file.
        children: the pointers to follow; others are left out.

    Returns:
        A directory in which these fields are directories.
    """
    whole: Directory = {tag: field for tag, field in parent.items() if tag not in _POINTERS}
    for tag in children:
        if tag not in parent:
            continue
        try:
            where = int(numbers(parent[tag], form.order)[0])
            child, _ = read_directory(file, form, where, size)
        except (ValueError, OverflowError):
            continue
        inner = (INTEROP_IFD,) if tag == EXIF_IFD else ()
        whole[tag] = read_children(file, form, child, size, inner)
    return whole


def pack(directory: Directory, form: Form, offset: int) -> bytes:
    """Lays a directory out, its values and its children behind it.

    Args:
        directory: fields by tag, their bytes in the order of `form`.
        form: the form of the file.
        offset: where in the file the result will lie; even.

    Returns:
        The bytes, of even length.
    """
    head, line, room, kind = ("Q", "HHQ", 8, LONG8) if form.big else ("H", "HHI", 4, LONG)
    table = struct.pack(form.order + head, len(directory))
    behind = offset + len(table) + len(directory) * (struct.calcsize("=" + line) + room) + room
    values = bytearray()
    for tag in sorted(directory):
        field = directory[tag]
        if isinstance(field, dict):
            where = behind + len(values)
            values += pack(field, form, where)
            field = entry(form, kind, where)
        raw = field.raw
        if len(raw) > room:
            where = behind + len(values)
            values += raw + bytes(len(raw) % 2)
            raw = entry(form, kind, where).raw
        table += struct.pack(form.order + line, tag, field.kind, field.count)
        table += raw.ljust(room, b"\0")
    return table + bytes(room) + bytes(values)


def linked(packed: bytes, directory: Directory, form: Form, offset: int) -> bytes:
    """Makes a directory name the next one, which follows it at once.

    Args:
        packed: what `pack` gave.
        directory: its fields.
        form: the form of the file.
        offset: where in the file it lies.

    Returns:
        The bytes, as many as before.
    """
    head, line, kind = (8, 20, LONG8) if form.big else (2, 12, LONG)
    place = head + len(directory) * line
    link = entry(form, kind, offset + len(packed)).raw
    return packed[:place] + link + packed[place + len(link) :]


def blob(directory: Directory, order: str) -> bytes:
    """Makes an EXIF block of a directory.

    Args:
        directory: its fields, in the byte order given.
        order: "<" or ">".

    Returns:
        The block, from its TIFF header on, without the "Exif" prefix of JPEG.
    """
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8)
    return head + pack(directory, Form(order, False), 8)


def unblob(data: bytes) -> tuple[str, Directory]:
    """Reads an EXIF block.

    Args:
        data: the block, without the "Exif" prefix of JPEG.

    Returns:
        Its byte order, and its first directory with EXIF and GPS inside; "<" and no fields
        when the block cannot be read.
    """
    file = io.BytesIO(data)
    try:
        form, offset = read_form(file, len(data))
        fields, _ = read_directory(file, form, offset, len(data))
    except ValueError:
        return "<", {}
    return form.order, read_children(file, form, fields, len(data))
