"""Reads TIFF and BigTIFF, and says plainly which of the many kinds it does not read."""

import re
from io import BufferedIOBase
from pathlib import Path
from typing import NamedTuple

from sparsight.files.errors import refuse
from sparsight.files.ifd import (
    Directory,
    Entry,
    Form,
    numbers,
    read_children,
    read_directory,
    read_form,
)
from sparsight.files.limits import check_size
from sparsight.files.metadata import TiffTraits, from_tiff
from sparsight.files.photo import Photo, photo_of
from sparsight.files.samples import ArraySamples
from sparsight.files.tiff_codecs import CODECS
from sparsight.files.tiff_odd import FAX, JPEG, decode_odd, is_odd
from sparsight.files.tiff_page import (
    BLACK_IS_ZERO,
    FLOAT,
    PALETTE,
    RGB,
    UNSIGNED,
    WHITE_IS_ZERO,
    Page,
    check_pieces,
    read_page,
)
from sparsight.files.tiff_pieces import fetch

_YCBCR = 6
_UNREADABLE = {5: "CMYK", 8: "Lab", 9: "Lab", 10: "Lab", 4: "a mask", _YCBCR: "YCbCr"}
_UNREADABLE |= {32803: "unprocessed sensor data", 34892: "unprocessed sensor data"}
_DEPTHS = ((UNSIGNED, 8), (UNSIGNED, 16), (FLOAT, 32))
_REDUCED, _MASK = 1, 4
_CAMERA_RAW, _VOLUME_DEPTH = 50706, 32997


class _Found(NamedTuple):
    fields: Directory
    form: Form


def read_tiff(path: Path) -> Photo:
    """Reads a TIFF of one page; small previews beside it are left out.

    Args:
        path: the file.

    Returns:
        The photo; palettes become RGB, fewer than 8 bits become 8, white-is-zero is turned.

    Raises:
        FileError: when it is of a kind that is not read.
        ValueError: when it is damaged.
    """
    size = path.stat().st_size
    with open(path, "rb") as file:
        found = _only_page(path, file, size)
        fields = read_children(file, found.form, found.fields, size)
    page = read_page(found.fields, found.form)
    check_size(path, page.width, page.height)
    check_pieces(page)
    _check_kind(path, page, found.fields)
    extra = page.extras[0] if page.extras else 0
    traits = TiffTraits(found.form, page.compression, page.predictor, extra, {})
    lossless = page.compression != JPEG
    if is_odd(page):
        array = decode_odd(path, page, found.fields)
        samples, colours = ArraySamples(array), array.shape[2]
    else:
        samples, colours = fetch(path, page), 3 if page.photometric == RGB else 1
    return photo_of(path, samples, colours, from_tiff(fields, traits), lossless=lossless)


def _only_page(path: Path, file: BufferedIOBase, size: int) -> _Found:
    form, offset = read_form(file, size)
    found, seen = [], set()
    while offset:
        if offset in seen:
            raise ValueError("its pages go round in a circle")
        seen.add(offset)
        fields, offset = read_directory(file, form, offset, size)
        if _CAMERA_RAW in fields:
            raise refuse(path, "it is a camera raw file", "develop it into a TIFF")
        subfile = fields.get(254)
        flags = int(numbers(subfile, form.order)[0]) if subfile else 0
        if not flags & (_REDUCED | _MASK):
            found.append(_Found(fields, form))
        if len(found) > 1 or (found and _frames(fields, form) > 1):
            raise refuse(path, "it has several pages", "save one page by itself")
    if not seen:
        raise refuse(path, "it has no page; it was not written to its end", "write it anew")
    if not found:
        raise refuse(path, "it has only a preview, as camera raw files do", "develop it first")
    return found[0]


def _frames(fields: Directory, form: Form) -> int:
    """Counts the pictures behind one directory: volumes, and large stacks of ImageJ."""
    if _VOLUME_DEPTH in fields:
        return int(numbers(fields[_VOLUME_DEPTH], form.order)[0])
    description = fields.get(270)
    text = description.raw if isinstance(description, Entry) else b""
    count = re.search(rb"^images=(\d{1,9})", text, re.MULTILINE)
    return int(count[1]) if count and text.startswith(b"ImageJ=") else 1


def _check_kind(path: Path, page: Page, fields: Directory) -> None:
    kind = _UNREADABLE.get(page.photometric)
    if kind is not None and (page.photometric, page.compression) != (_YCBCR, JPEG):
        raise refuse(path, f"its pixels are {kind}", "convert it to RGB or grey")
    if page.photometric not in (WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, _YCBCR):
        raise refuse(path, f"its colour kind {page.photometric} is unknown", "convert it to RGB")
    if page.photometric == PALETTE and page.bits > 8:
        raise refuse(path, "its palette has more than 8 bits", "convert it to RGB")
    depth = "bits of a signed or unusual type" if page.kind not in (UNSIGNED, FLOAT) else "bits"
    small = page.kind == UNSIGNED and page.bits in (1, 2, 4) and page.samples == 1
    if (page.kind, page.bits) not in _DEPTHS and not small:
        advice = "save it with 8 or 16 bits or as 32-bit float"
        depth += " of floating point" if page.kind == FLOAT else ""
        raise refuse(path, f"its samples have {page.bits} {depth}", advice)
    _check_channels(path, page)
    if page.compression not in (*CODECS, JPEG, *FAX) or (
        page.compression == JPEG and page.bits != 8
    ):
        what = f"its compression {page.compression} is not read here"
        raise refuse(path, what, "save it uncompressed or with LZW or Deflate")
    if 266 in fields and int(numbers(fields[266], page.form.order)[0]) != 1 and not small:
        raise refuse(path, "the bits of its bytes are reversed", "save it again")
    if page.photometric == WHITE_IS_ZERO and page.kind == FLOAT:
        raise refuse(path, "its float pixels count from white", "invert and save it again")


def _check_channels(path: Path, page: Page) -> None:
    colours = 3 if page.photometric in (RGB, _YCBCR) else 1
    extra = page.samples - colours
    if extra < 0:
        raise ValueError("channels are missing")
    unclear = extra == 1 and colours == 1 and page.extras[:1] not in ((1,), (2,))
    if extra > 1 or unclear or (extra and (page.photometric == PALETTE or is_odd(page))):
        what = f"it has {page.samples} channels, which are not grey or RGB with transparency"
        raise refuse(path, what, "save each channel by itself")
