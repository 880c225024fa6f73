"""Reads and writes JPEG. ITU-T T.81, annex B."""

import io
import re
from collections.abc import Iterator
from io import BufferedIOBase
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sparsight.files.errors import refuse
from sparsight.files.exif import without_prefix, without_thumbnail
from sparsight.files.limits import check_size
from sparsight.files.metadata import Metadata, dots_per_inch
from sparsight.files.photo import Photo, photo_of
from sparsight.files.samples import ArraySamples

_QUALITY = 95
_LONGEST_SEGMENT = 65_533
_XMP_PREFIX = 29
_DENSEST = 65_535
_START_OF_FRAME = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_HUFFMAN = {0xC0: 2, 0xC1: 2, 0xC2: 1}
_ALONE, _END, _SCAN = 0x01, 0xD9, 0xDA
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")


class _Frame(NamedTuple):
    kind: int
    bits: int
    height: int
    width: int
    samplings: tuple[int, ...]


def read_jpeg(path: Path) -> Photo:
    """Reads a JPEG; of several pictures in one file, as phones write, the first.

    Args:
        path: the file.

    Returns:
        The photo.

    Raises:
        FileError: when it is CMYK or too large.
        ValueError: when it is damaged.
    """
    from PIL.JpegImagePlugin import JpegImageFile

    data = path.read_bytes()
    frame = _inspect(path, data)
    with JpegImageFile(io.BytesIO(data)) as image:
        array = np.asarray(image)
        info = image.info
    if array.shape[:2] != (frame.height, frame.width):
        raise ValueError("its size is not what its header says")
    xmp = info.get("xmp", b"")
    metadata = Metadata(
        exif=without_thumbnail(without_prefix(info.get("exif", b""))),
        icc=info.get("icc_profile") or b"",
        xmp=b"" if b"hdrgm" in xmp else xmp,
        dpi=dots_per_inch(*map(float, info.get("dpi", (0, 0)))),
        comment=info.get("comment", b""),
    )
    array = array.reshape(frame.height, frame.width, len(frame.samplings))
    return photo_of(path, ArraySamples(array), array.shape[2], metadata, lossless=False)


def write_jpeg(path: Path, file: BufferedIOBase, array: np.ndarray, metadata: Metadata) -> None:
    """Writes a JPEG of quality 95 with colour at full resolution.

    Args:
        path: the output, named in the error.
        file: open for writing.
        array: 8-bit (height, width, 1 or 3).
        metadata: what goes with it; XMP too long for JPEG is left out.

    Raises:
        FileError: when the EXIF block is too long for JPEG.
        OSError: when the disk refuses.
    """
    from PIL import Image

    exif = b"Exif\0\0" + metadata.exif if metadata.exif else b""
    if len(exif) > _LONGEST_SEGMENT:
        what = f"its EXIF block has {len(exif)} bytes and JPEG holds {_LONGEST_SEGMENT}"
        raise refuse(path, what, "write .png, .tif or .webp instead")
    dpi = metadata.dpi or (0.0, 0.0)
    fits = len(metadata.xmp) + _XMP_PREFIX <= _LONGEST_SEGMENT
    buffer = io.BytesIO()
    Image.fromarray(array[..., 0] if array.shape[2] == 1 else array).save(
        buffer,
        "JPEG",
        quality=_QUALITY,
        subsampling="4:4:4",
        exif=exif,
        icc_profile=metadata.icc,
        xmp=metadata.xmp if fits else b"",
        dpi=dpi if max(dpi) < _DENSEST else (0, 0),
        comment=metadata.comment,
    )
    # Pillow's encoder, given a real file, does not notice a write that the disk cut short.
    file.write(buffer.getbuffer())


def _inspect(path: Path, data: bytes) -> _Frame:
    """Finds the frame, and that all of it is there: the decoder makes up what is missing."""
    frame, coded = None, 0
    for marker, content, following in _segments(data):
        coded += following
        if marker in _START_OF_FRAME and frame is None:
            frame = _frame(path, marker, content)
    if frame is None or coded * 8 < _fewest_bits(frame):
        raise ValueError("pixels are missing")
    return frame


def _segments(data: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Yields marker, content and the length of the coded pixels behind, up to the end."""
    place = 2
    while (marker := _MARKER.search(data, place)) and data[marker.start() + 1] != _END:
        kind, place = data[marker.start() + 1], marker.end()
        if kind == _ALONE:
            continue
        length = int.from_bytes(data[place : place + 2], "big")
        content, place = data[place + 2 : place + length], place + length
        following = _MARKER.search(data, place)
        if length < 2 or following is None:
            break
        yield kind, content, following.start() - place if kind == _SCAN else 0
    else:
        if marker:
            return
    raise ValueError("its end is missing")


def _frame(path: Path, kind: int, content: bytes) -> _Frame:
    bits, components = content[0], content[5]
    height, width = (int.from_bytes(content[at : at + 2], "big") for at in (1, 3))
    samplings = tuple(content[7 + 3 * index] for index in range(components))
    check_size(path, width, height)
    if components not in (1, 3):
        advice = "convert it to RGB"
        raise refuse(path, f"it has {components} channels, as CMYK has", advice)
    if bits != 8:
        raise refuse(path, f"it is a JPEG of {bits} bits", "convert it to PNG or TIFF")
    return _Frame(kind, bits, height, width, samplings)


def _fewest_bits(frame: _Frame) -> int:
    """Counts the bits that Huffman coding needs at least, one or two for each block."""
    across = [max(1, code >> 4) for code in frame.samplings]
    down = [max(1, code & 15) for code in frame.samplings]
    blocks = sum(
        -(-frame.width * x // (8 * max(across))) * -(-frame.height * y // (8 * max(down)))
        for x, y in zip(across, down, strict=True)
    )
    return blocks * _HUFFMAN.get(frame.kind, 0)
