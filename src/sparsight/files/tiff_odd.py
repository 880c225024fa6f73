"""TIFF pages that libtiff decodes: palettes, fewer than 8 bits, fax and JPEG.

The page is wrapped anew, with the fields of its layout only. Given the whole file, Pillow
would turn the pixels by the orientation field.
"""

import io
from pathlib import Path

import numpy as np

from sparsight.files.errors import refuse
from sparsight.files.ifd import LONG, SHORT, Directory, Entry, Form, entry, pack, take
from sparsight.files.limits import pillow_trusted
from sparsight.files.tiff_page import PALETTE, Page

JPEG = 7
FAX = (2, 3, 4)
_LAYOUT = (258, 259, 262, 266, 277, 284, 292, 293, 317, 320, 338, 339, 347, *range(529, 533))
_MODES = {"1": "L", "P": "RGB"}


def is_odd(page: Page) -> bool:
    """Tells whether a page is of a kind that is decoded here."""
    return page.bits < 8 or page.photometric == PALETTE or page.compression in (JPEG, *FAX)


def decode_odd(path: Path, page: Page, fields: Directory) -> np.ndarray:
    """Decodes a page.

    Args:
        path: the file.
        page: an odd page.
        fields: its directory.

    Returns:
        8-bit (height, width, 1 or 3).

    Raises:
        FileError: when it is no picture of 8 bits or fewer, in grey or RGB.
        ValueError: when pieces of it are missing.
        OSError: when libtiff finds it damaged.
    """
    from PIL.TiffImagePlugin import TiffImageFile

    wrapped = io.BytesIO(_wrapped(path, page, fields))
    with pillow_trusted(), TiffImageFile(wrapped) as image:
        array = np.asarray(image.convert(_MODES.get(image.mode, image.mode)))
    channels = 1 if array.ndim == 2 else array.shape[2]
    if array.dtype != np.uint8 or channels not in (1, 3):
        raise refuse(path, "its kind of pixels is not read here", "convert it to RGB or grey")
    return array.reshape(page.height, page.width, channels)


def _wrapped(path: Path, page: Page, fields: Directory) -> bytes:
    form, size = Form(page.form.order, False), path.stat().st_size
    with open(path, "rb") as file:
        pairs = zip(page.offsets, page.counts, strict=False)
        pieces = [take(file, offset, count, size) for offset, count in pairs]
    kept: Directory = {tag: fields[tag] for tag in _LAYOUT if _classic(fields.get(tag))}
    high, wide = page.piece
    sizes = {256: page.width, 257: page.height}
    sizes |= {322: wide, 323: high} if page.tiled else {278: high}
    kept |= {tag: entry(form, LONG, value) for tag, value in sizes.items()}
    where, lengths = (324, 325) if page.tiled else (273, 279)
    kept[lengths] = entry(form, LONG, *map(len, pieces))
    kept[where] = kept[lengths]
    start = 8 + len(pack(kept, form, 8))
    places = start + np.cumsum([0, *map(len, pieces)])[:-1]
    kept[where] = entry(form, LONG, *places.tolist())
    head = b"II" if form.order == "<" else b"MM"
    head += entry(form, SHORT, 42).raw + entry(form, LONG, 8).raw
    return head + pack(kept, form, 8) + b"".join(pieces)


def _classic(field: "Entry | Directory | None") -> bool:
    return isinstance(field, Entry) and field.kind <= 13
