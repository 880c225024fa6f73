"""Makes and reads test files by other means than the library: byte by byte, or with tifffile."""

import struct
import zlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from sparsight.files import Photo, create_photo

PNG_HEAD = b"\x89PNG\r\n\x1a\n"


def noise(*shape: int, dtype: str = "uint8", seed: int = 0) -> np.ndarray:
    """Smooth structure with noise: every filter and predictor has something to do."""
    rng = np.random.default_rng(seed)
    ramp = sum(
        np.arange(size).reshape([-1] + [1] * (len(shape) - 1 - axis)) * 0.003
        for axis, size in enumerate(shape)
    )
    values = np.clip(0.1 + ramp % 0.8 + rng.normal(0, 0.05, shape), 0, 1)
    if dtype == "float32":
        return values.astype(np.float32)
    return np.rint(values * np.iinfo(dtype).max).astype(dtype)


def copy(photo: Photo, target: Path, step: int = 7, overwrite: bool = False) -> Path:
    """Writes what was read, strip by strip and from the last to the first."""
    height = photo.shape[1]
    with create_photo(target, photo, overwrite) as out:
        for top in reversed(range(0, height, step)):
            out.write_rows(top, photo.read_rows(top, min(height, top + step)))
    return target


def chunk(name: bytes, content: bytes) -> bytes:
    crc = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + crc


def png_head(width: int, height: int, bits: int, colour: int, interlaced: int = 0) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlaced)
    return PNG_HEAD + chunk(b"IHDR", head)


def png(
    array: np.ndarray,
    filters: Iterable[int] = (0, 1, 2, 3, 4),
    interlaced: bool = False,
    extra: bytes = b"",
) -> bytes:
    """A PNG of 8 or 16 bits whose rows go through the filters in turn."""
    height, width, channels = array.shape
    colour = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    passes = [(0, 0, 1, 1)]
    if interlaced:
        passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)]
        passes += [(0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    raw = b"".join(filtered(array[y::dy, x::dx], tuple(filters)) for x, y, dx, dy in passes)
    data = zlib.compress(raw)
    middle = len(data) // 2
    bits = 8 * array.dtype.itemsize
    return (
        png_head(width, height, bits, colour, int(interlaced))
        + extra
        + chunk(b"IDAT", data[:middle])
        + chunk(b"IDAT", data[middle:])
        + chunk(b"IEND", b"")
    )


def filtered(array: np.ndarray, filters: tuple[int, ...]) -> bytes:
    if not array.size:
        return b""
    step = array.shape[2] * array.dtype.itemsize
    rows = array.astype(array.dtype.newbyteorder(">")).tobytes()
    stride = len(rows) // len(array)
    out, above = bytearray(), bytes(stride)
    for y in range(len(array)):
        row, kind = rows[y * stride : (y + 1) * stride], filters[y % len(filters)]
        out.append(kind)
        out += bytes((row[i] - guess(kind, row, above, i, step)) % 256 for i in range(stride))
        above = row
    return bytes(out)


def guess(kind: int, row: bytes | bytearray, above: bytes | bytearray, i: int, step: int) -> int:
    a = row[i - step] if i >= step else 0
    b, c = above[i], above[i - step] if i >= step else 0
    p = a + b - c
    nearest = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
    return (0, a, b, (a + b) // 2, nearest)[kind]


def read_png(data: bytes) -> np.ndarray:
    """Decodes a PNG without palette and interlacing, (height, width, channels)."""
    chunks = dict_of_chunks(data)
    width, height, bits, colour = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[colour]
    step = channels * bits // 8
    raw, stride = zlib.decompress(chunks[b"IDAT"]), width * step
    rows, above = [], bytes(stride)
    for y in range(height):
        kind, coded = raw[y * (stride + 1)], raw[y * (stride + 1) + 1 : (y + 1) * (stride + 1)]
        row = bytearray(stride)
        for i in range(stride):
            row[i] = (coded[i] + guess(kind, row, above, i, step)) % 256
        rows.append(bytes(row))
        above = row
    plain = np.frombuffer(b"".join(rows), f">u{bits // 8}")
    return plain.reshape(height, width, channels)


def dict_of_chunks(data: bytes) -> dict[bytes, bytes]:
    chunks: dict[bytes, bytes] = {}
    place = 8
    while place < len(data):
        length, name = struct.unpack(">I4s", data[place : place + 8])
        chunks[name] = chunks.get(name, b"") + data[place + 8 : place + 8 + length]
        place += length + 12
    return chunks


def directory(order: str, fields: dict, offset: int) -> bytes:
    """A TIFF directory; fields are (kind, count, bytes), or directories for EXIF and the like."""
    behind, values = offset + 6 + 12 * len(fields), b""
    table = struct.pack(order + "H", len(fields))
    for tag, field in sorted(fields.items()):
        if isinstance(field, dict):
            kind, count, raw = 4, 1, struct.pack(order + "I", behind + len(values))
            values += directory(order, field, behind + len(values))
        else:
            kind, count, raw = field
        if len(raw) > 4:
            place = struct.pack(order + "I", behind + len(values))
            raw, values = place, values + raw + bytes(len(raw) % 2)
        table += struct.pack(order + "HHI", tag, kind, count) + raw.ljust(4, b"\0")
    return table + bytes(4) + values


def photo_fields(order: str) -> dict:
    """Orientation 6, a maker, exposure, a maker note, interoperability and GPS."""
    note = b"maker note \0\1\2"
    exif = {0x829A: (5, 1, struct.pack(order + "II", 1, 250)), 0x927C: (7, len(note), note)}
    exif[0xA005] = {1: (2, 4, b"R98\0")}
    gps = {1: (2, 2, b"N\0"), 2: (5, 3, struct.pack(order + "6I", 48, 1, 8, 1, 61, 2))}
    return {
        0x010F: (2, 6, b"Maker\0"),
        0x0112: (3, 1, struct.pack(order + "H", 6)),
        0x8769: exif,
        0x8825: gps,
    }


def exif_block(order: str = "<") -> bytes:
    """An EXIF block from its TIFF header on."""
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8)
    return head + directory(order, photo_fields(order), 8)


def tiff_of_a_camera(array: np.ndarray, order: str, icc: bytes) -> bytes:
    """An uncompressed 8-bit RGB TIFF with EXIF, GPS, profile and 300 x 200 dots per inch."""
    height, width, _ = array.shape
    shorts = {258: [8] * 3, 259: [1], 262: [2], 277: [3], 278: [height], 284: [1], 296: [2]}
    shorts |= {256: [width], 257: [height]}
    fields = {
        tag: (3, len(values), struct.pack(f"{order}{len(values)}H", *values))
        for tag, values in shorts.items()
    }
    fields |= {273: (4, 1, struct.pack(order + "I", 8)), 34675: (7, len(icc), icc)}
    fields[279] = (4, 1, struct.pack(order + "I", array.size))
    fields |= {282: (5, 1, struct.pack(order + "II", 300, 1))}
    fields |= {283: (5, 1, struct.pack(order + "II", 200, 1))}
    head = (b"II" if order == "<" else b"MM") + struct.pack(order + "HI", 42, 8 + array.size)
    return head + array.tobytes() + directory(order, fields | photo_fields(order), 8 + array.size)


def icc_profile(size: int = 0) -> bytes:
    """An sRGB profile, made longer by `size` bytes."""
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile + bytes(np.random.default_rng(1).integers(0, 256, size, dtype=np.uint8))
