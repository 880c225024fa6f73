"""Finds the pages of a TIFF: a directory each, or many pictures behind one."""

import re
from dataclasses import replace
from io import BufferedIOBase
from pathlib import Path
from typing import NamedTuple

from sparsight.files.errors import refuse
from sparsight.files.ifd import Directory, Entry, numbers, read_directory, read_form
from sparsight.files.metadata import STRUCTURAL
from sparsight.files.tiff_codecs import NONE
from sparsight.files.tiff_page import BLACK_IS_ZERO, PALETTE, Page, read_page

_IMAGEJ = b"ImageJ="
_REDUCED, _MASK = 1, 4
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
    if not _description(found[0].fields).startswith(_IMAGEJ):
        return found
    return [Found(fields, _without_colours(page)) for fields, page in found]


def _without_colours(page: Page) -> Page:
    """The same page in grey where pixels of ImageJ are only shown in colours."""
    return replace(page, photometric=BLACK_IS_ZERO) if page.photometric == PALETTE else page


def _frames(path: Path, found: Found, size: int) -> list[Found]:
    """Parts the pictures behind one directory, as of large stacks of ImageJ and MetaMorph."""
    fields, page = found
    count = _frame_count(fields)
    if count <= 1 or count == page.planes:  # of 48 bits, ImageJ counts red, green and blue
        return [found]
    plain = page.width * page.height * page.samples * page.bits // 8
    start, ends = page.offsets[0], [a + b for a, b in zip(page.offsets, page.counts, strict=True)]
    raw = page.compression == NONE and page.predictor == 1 and page.bits % 8 == 0
    if page.tiled or page.planes > 1 or not raw or ends[:-1] != [*page.offsets[1:]]:
        what = f"its {count} pages lie behind one directory in a way that is not read here"
        raise refuse(path, what, "save them as pages of their own")
    if start + count * plain > size:
        raise refuse(
            path,
            f"of the {count} pages that it names some are not there",
            "get it again from its source",
        )
    whole = replace(page, piece=(page.height, page.width), counts=(plain,))
    pages = [replace(whole, offsets=(start + number * plain,)) for number in range(count)]
    layout = {tag: field for tag, field in fields.items() if tag in STRUCTURAL}
    return [Found(fields, pages[0]), *(Found(layout, later) for later in pages[1:])]


def _frame_count(fields: Directory) -> int:
    planes, text = fields.get(_METAMORPH), _description(fields)
    if isinstance(planes, Entry):
        return planes.count
    count = re.search(rb"^images=(\d{1,9})", text, re.MULTILINE)
    return int(count[1]) if count and text.startswith(_IMAGEJ) else 1


def _description(fields: Directory) -> bytes:
    field = fields.get(270)
    return field.raw if isinstance(field, Entry) else b""
