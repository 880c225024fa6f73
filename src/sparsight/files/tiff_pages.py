"""Finds the pages of a TIFF: a directory each, or many pictures behind one."""

import math
import re
from dataclasses import replace
from io import BufferedIOBase
from pathlib import Path
from typing import NamedTuple

from sparsight.files.errors import refuse
from sparsight.files.ifd import Directory, Entry, numbers, read_directory, read_form
from sparsight.files.metadata import STRUCTURAL
from sparsight.files.tiff_codecs import NONE
from sparsight.files.tiff_page import BLACK_IS_ZERO, PALETTE, WHITE_IS_ZERO, Page, read_page

_IMAGEJ, _OME = b"ImageJ=", b"</OME"
_REDUCED, _MASK = 1, 4
_TRUNCATED = b', "truncated": true'
_CAMERA_RAW, _METAMORPH = 50706, 33629


class Found(NamedTuple):
    """A page: the fields of its directory, and what they say of its pixels."""

    fields: Directory
    page: Page


def find_pages(path: Path, file: BufferedIOBase, size: int) -> list[Found]:
    """Finds them; previews and masks are left out.

    Args:
        path: the file, named in errors.
        file: the same, open.
        size: its length.

    Returns:
        At least one.

    Raises:
        FileError: it has none, or in a way that is not read.
        ValueError: it is damaged.
    """
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
            found.append(Found(fields, read_page(fields, form)))
    if not seen:
        raise refuse(path, "it has no page; it was not written to its end", "write it anew")
    if not found:
        raise refuse(path, "it has only a preview, as camera raw files do", "develop it first")
    found = found if len(found) > 1 else _frames(path, found[0], size)
    if not description_of(found[0].fields).startswith(_IMAGEJ):
        return found
    return [Found(fields, _as_measured(page)) for fields, page in found]


def _as_measured(page: Page) -> Page:
    """The same page in grey: pixels of ImageJ are only shown in colours, or inverted."""
    shown = page.photometric in (PALETTE, WHITE_IS_ZERO) and page.bits >= 8
    return replace(page, photometric=BLACK_IS_ZERO) if shown else page


def _frames(path: Path, found: Found, size: int) -> list[Found]:
    """Parts the pictures behind one directory, as of large stacks of ImageJ and MetaMorph."""
    fields, page = found
    count = _frame_count(fields, page)
    if count <= 1 or count == page.planes:  # of 48 bits, ImageJ counts red, green and blue
        return [found]
    start, plain = page.offsets[0], page.width * page.height * page.samples * page.bits // 8
    joined = _is_one_piece(page)
    if joined and start + count * plain <= size:
        whole = replace(page, piece=(page.height, page.width), counts=(plain,))
        pages = [replace(whole, offsets=(start + number * plain,)) for number in range(count)]
        layout = {tag: field for tag, field in fields.items() if tag in STRUCTURAL}
        return [Found(_parted(fields), pages[0]), *(Found(layout, later) for later in pages[1:])]
    if _OME in description_of(fields):  # it may name the pages of other files too
        return [found]
    if not joined:
        what = f"its {count} pages lie behind one directory in a way that is not read here"
        raise refuse(path, what, "save them as pages of their own")
    what = f"of the {count} pages that it names some are not there"
    raise refuse(path, what, "get it again from its source")


def _parted(fields: Directory) -> Directory:
    """The same for the first of pages that have directories of their own."""
    field, text = fields.get(270), description_of(fields)
    if not isinstance(field, Entry) or _TRUNCATED not in text:
        return fields
    text = text.replace(_TRUNCATED, b"")
    return {**fields, 270: Entry(field.kind, len(text), text)}


def _is_one_piece(page: Page) -> bool:
    """Whether the pixels of a page follow one another as they are."""
    ends = [start + count for start, count in zip(page.offsets, page.counts, strict=True)]
    plain = page.compression == NONE and page.predictor == 1 and page.bits % 8 == 0
    return plain and page.planes == 1 and not page.tiled and ends[:-1] == [*page.offsets[1:]]


def _frame_count(fields: Directory, page: Page) -> int:
    planes, text = fields.get(_METAMORPH), description_of(fields)
    if isinstance(planes, Entry):
        return planes.count
    if text.startswith(_IMAGEJ):
        count = re.search(rb"^images=(\d{1,9})", text, re.MULTILINE)
        return int(count[1]) if count else 1
    if _OME in text:
        sizes = re.findall(rb'\bSize[ZCT]="(\d{1,9})"', text.partition(b"</Pixels>")[0])
        return math.prod(map(int, sizes[:3])) // page.samples
    return _shaped_count(page, text)


def _shaped_count(page: Page, text: bytes) -> int:
    """How many pages tifffile wrote behind the first directory."""
    if not (text.startswith(b'{"shape":') and _TRUNCATED in text):
        return 1
    shape = re.match(rb'{"shape": \[([\d, ]+)\]', text)
    sides = shape[1].split(b",") if shape else []
    return math.prod(map(int, sides)) // (page.width * page.height * page.samples)


def description_of(fields: Directory) -> bytes:
    """The words of a page, empty where it has none."""
    field = fields.get(270)
    return field.raw if isinstance(field, Entry) else b""
