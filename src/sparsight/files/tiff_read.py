"""Reads TIFF and BigTIFF of one page or several."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from sparsight.files.errors import of_page, reading, refuse
from sparsight.files.ifd import Entry, numbers, read_children
from sparsight.files.limits import check_size
from sparsight.files.metadata import Metadata, TiffTraits, from_tiff
from sparsight.files.photo import Photo
from sparsight.files.ranges import KNOWN, range_within, spread_of
from sparsight.files.samples import ArraySamples, Samples, stamp_of
from sparsight.files.stack import Stack
from sparsight.files.tiff_axes import channels_of
from sparsight.files.tiff_kinds import check_kind
from sparsight.files.tiff_odd import JPEG, decode_odd, is_odd
from sparsight.files.tiff_page import (
    BLACK_IS_ZERO,
    PALETTE,
    RGB,
    WHITE_IS_ZERO,
    YCBCR,
    Page,
    check_pieces,
)
from sparsight.files.tiff_pages import Found, description_of, find_pages
from sparsight.files.tiff_pieces import fetch


def read_tiff(path: Path) -> Stack:
    """Reads the directories of a TIFF; small previews beside its pages are left out.

    Args:
        path: the file.

    Returns:
        Its pages; palettes become RGB, fewer than 8 bits become 8, white-is-zero is turned, but for
        numbers of ImageJ, which are only shown so. Pages whose numbers do not say what is white
        have the range of all together.

    Raises:
        FileError: when one is of a kind that is not read.
        ValueError: when it is damaged.
    """
    size = path.stat().st_size
    with open(path, "rb") as file:
        pages = find_pages(path, file, size)
    for number, found in enumerate(pages):
        with of_page(path, number, len(pages)):
            _check(path, found)
    samples = lru_cache(maxsize=1)(lambda number: _samples(path, pages[number]))
    ranges = _ranges(path, [page for _, page in pages], samples)
    stamp = stamp_of(path)

    def photo(number: int) -> Photo:
        with of_page(path, number, len(pages)), reading(path):
            if stamp_of(path) != stamp:
                raise refuse(path, "it changed since it was opened", "open it again")
            metadata = _metadata(path, pages[number], len(pages) > 1)
            return _photo(path, samples(number), pages[number].page, metadata, ranges[number])

    shapes = tuple((_colours(page), page.height, page.width) for _, page in pages)
    plain = sum(page.width * page.height * page.samples * page.bits // 8 for _, page in pages)
    stored = sum(sum(page.counts) for _, page in pages)
    channels = channels_of(description_of(pages[0].fields), len(pages), pages[0].page.samples)
    return Stack(path, shapes, photo, plain + max(0, size - stored), channels)


def _check(path: Path, found: Found) -> None:
    check_size(path, found.page.width, found.page.height)
    check_pieces(found.page)
    check_kind(path, found.page, found.fields)


def _metadata(path: Path, found: Found, stacked: bool) -> Metadata:
    fields, page = found
    with open(path, "rb") as file:
        fields = read_children(file, page.form, fields, path.stat().st_size)
    shown, palette = page.photometric, fields.get(320)
    if shown == BLACK_IS_ZERO and isinstance(fields.get(262), Entry):
        shown = int(numbers(fields[262], page.form.order)[0])
    how = TiffTraits(
        page.form,
        page.compression,
        page.predictor,
        extra=page.extras[0] if page.extras else 0,
        tags={},
        stacked=stacked and not page.separate and not is_odd(page),
        shown=shown if page.photometric == BLACK_IS_ZERO else BLACK_IS_ZERO,
        palette=palette if isinstance(palette, Entry) else None,
    )
    return from_tiff(fields, how)


def _photo(
    path: Path, samples: Samples, page: Page, metadata: Metadata, limits: tuple[float, float]
) -> Photo:
    black, white = limits
    lossless = page.compression != JPEG
    turned = page.photometric == WHITE_IS_ZERO
    return Photo(path, samples, _colours(page), metadata, lossless, white - black, black, turned)


def _samples(path: Path, found: Found) -> Samples:
    if is_odd(found.page):
        return ArraySamples(decode_odd(path, found.page, found.fields))
    return fetch(path, found.page)


def _colours(page: Page) -> int:
    return 3 if page.photometric in (RGB, PALETTE, YCBCR) else 1


def _ranges(
    path: Path, pages: Sequence[Page], samples: Callable[[int], Samples]
) -> list[tuple[float, float]]:
    """What becomes 0 and 1: the same in all pages of the same kind of numbers."""
    kinds = [_dtype(page) for page in pages]
    limits = KNOWN.copy()
    for kind in set(kinds) - set(KNOWN):
        spreads = []
        for number, page in enumerate(pages):
            if kinds[number] == kind:
                with of_page(path, number, len(pages)), reading(path):
                    colours = _colours(page)
                    spreads.append(spread_of(path, samples(number), colours, len(pages)))
        limits[kind] = range_within(path, spreads, np.dtype(kind))
    return [limits[kind] for kind in kinds]


def _dtype(page: Page) -> str:
    return "uint8" if is_odd(page) else page.dtype.name
