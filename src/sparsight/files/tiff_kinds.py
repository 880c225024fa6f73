"""Says plainly which of the many kinds of TIFF pages are not read."""

from pathlib import Path

from sparsight.files.errors import refuse
from sparsight.files.ifd import Directory, numbers
from sparsight.files.tiff_codecs import CODECS
from sparsight.files.tiff_odd import FAX, JPEG, is_odd
from sparsight.files.tiff_page import (
    BLACK_IS_ZERO,
    FLOAT,
    PALETTE,
    RGB,
    SIGNED,
    UNSIGNED,
    WHITE_IS_ZERO,
    YCBCR,
    Page,
)

_UNREADABLE = {5: "CMYK", 8: "Lab", 9: "Lab", 10: "Lab", 4: "a mask", YCBCR: "YCbCr"}
_UNREADABLE |= {32803: "unprocessed sensor data", 34892: "unprocessed sensor data"}
_VOLUME_DEPTH = 32997
_COMPLEX = (5, 6)
_DEPTHS = {UNSIGNED: (8, 16, 32), SIGNED: (8, 16, 32), FLOAT: (16, 32, 64)}
_KINDS = {UNSIGNED: "", SIGNED: " and a sign", FLOAT: " of floating point"}
_KINDS |= dict.fromkeys(_COMPLEX, " of complex numbers")


def check_kind(path: Path, page: Page, fields: Directory) -> None:
    """Refuses a page whose pixels are not grey or RGB of a depth and compression that are read.

    Args:
        path: the file, named in errors.
        page: what its directory says of pixels.
        fields: its directory.

    Raises:
        FileError: it is of another kind.
        ValueError: it is damaged.
    """
    if _VOLUME_DEPTH in fields and numbers(fields[_VOLUME_DEPTH], page.form.order)[0] > 1:
        raise refuse(path, "it is a volume", "save its planes as pages")
    kind = _UNREADABLE.get(page.photometric)
    if kind is not None and (page.photometric, page.compression) != (YCBCR, JPEG):
        raise refuse(path, f"its pixels are {kind}", "convert it to RGB or grey")
    if page.photometric not in (WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, YCBCR):
        raise refuse(path, f"its colour kind {page.photometric} is unknown", "convert it to RGB")
    if page.photometric == PALETTE and page.bits > 8:
        raise refuse(path, "its palette has more than 8 bits", "convert it to RGB")
    small = page.kind == UNSIGNED and page.bits in (1, 2, 4) and page.samples == 1
    if page.bits not in _DEPTHS.get(page.kind, ()) and not small:
        bits = f"{page.bits} bits{_KINDS.get(page.kind, ' of an unusual type')}"
        advice = "save it with 8 or 16 bits or as 32-bit float"
        raise refuse(path, f"its samples have {bits}", advice)
    _check_channels(path, page)
    if page.compression not in (*CODECS, JPEG, *FAX) or (
        page.compression == JPEG and page.bits != 8
    ):
        what = f"its compression {page.compression} is not read here"
        raise refuse(path, what, "save it uncompressed or with LZW or Deflate")
    if 266 in fields and int(numbers(fields[266], page.form.order)[0]) != 1 and not small:
        raise refuse(path, "the bits of its bytes are reversed", "save it again")
    if page.photometric == WHITE_IS_ZERO and page.kind != UNSIGNED:
        numbers_are = "float" if page.kind == FLOAT else "signed"
        raise refuse(path, f"its {numbers_are} pixels count from white", "invert and save it again")


def _check_channels(path: Path, page: Page) -> None:
    colours = 3 if page.photometric in (RGB, YCBCR) else 1
    extra = page.samples - colours
    if extra < 0:
        raise ValueError("channels are missing")
    unclear = extra == 1 and colours == 1 and page.extras[:1] not in ((1,), (2,))
    if extra > 1 or unclear or (extra and (page.photometric == PALETTE or is_odd(page))):
        what = f"it has {page.samples} channels, which are not grey or RGB with transparency"
        raise refuse(path, what, "save each channel by itself")
