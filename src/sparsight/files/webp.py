"""Reads and writes WebP. RFC 9649."""

import io
import struct
from io import BufferedIOBase
from pathlib import Path

import numpy as np

from sparsight.files.errors import refuse
from sparsight.files.exif import without_prefix, without_thumbnail
from sparsight.files.limits import check_size, pillow_trusted
from sparsight.files.metadata import Metadata, without_grey_profile
from sparsight.files.photo import Photo, photo_of
from sparsight.files.samples import ArraySamples

_QUALITY = 95


def read_webp(path: Path) -> Photo:
    """Reads a WebP.

    Args:
        path: the file.

    Returns:
        The photo, always of three colours.

    Raises:
        FileError: when it is animated.
        ValueError: when it is damaged.
    """
    from PIL.WebPImagePlugin import WebPImageFile

    data = path.read_bytes()
    names = _inspect(data)
    if b"ANIM" in names or b"ANMF" in names:
        raise refuse(path, "it is an animation", "save one picture of it")
    with pillow_trusted():
        opened = WebPImageFile(io.BytesIO(data))
    with opened as image:
        check_size(path, *image.size)
        array, info = np.asarray(image), image.info
    metadata = Metadata(
        exif=without_thumbnail(without_prefix(info.get("exif", b""))),
        icc=info.get("icc_profile", b""),
        xmp=info.get("xmp", b""),
    )
    return photo_of(path, ArraySamples(array), 3, metadata, lossless=b"VP8L" in names)


def write_webp(
    file: BufferedIOBase, array: np.ndarray, metadata: Metadata, *, lossless: bool
) -> None:
    """Writes a WebP; grey is written as colour, which WebP alone knows.

    Args:
        file: open for writing.
        array: 8-bit (height, width, channels); 1 to 4 channels.
        metadata: what goes with it; the profile of a grey picture is left out.
        lossless: whether to keep every pixel, or else quality 95 with exact alpha.

    Raises:
        OSError: when the disk refuses.
    """
    from PIL import Image

    if array.shape[2] < 3:
        array = np.concatenate([array[..., :1]] * 3 + [array[..., 1:]], axis=2)
    buffer = io.BytesIO()
    Image.fromarray(array).save(
        buffer,
        "WEBP",
        lossless=lossless,
        quality=_QUALITY,
        alpha_quality=100,
        exact=True,
        exif=metadata.exif,
        icc_profile=without_grey_profile(metadata).icc,
        xmp=metadata.xmp,
    )
    file.write(buffer.getbuffer())


def _inspect(data: bytes) -> list[bytes]:
    end = 8 + struct.unpack("<I", data[4:8])[0]
    if end > len(data):
        raise ValueError(f"it ends at byte {len(data)}, before byte {end}")
    place, names = 12, []
    while place < end:
        name, length = struct.unpack("<4sI", data[place : place + 8])
        place += 8 + length + length % 2
        names.append(name)
    if place > end + 1:
        raise ValueError("a part is cut short")
    return names
