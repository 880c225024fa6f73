"""What a TIFF directory says about its pixels: their depth, and where the pieces lie."""

from dataclasses import dataclass

import numpy as np

from sparsight.files.ifd import Directory, Entry, Form, numbers

UNSIGNED, SIGNED, FLOAT = 1, 2, 3
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, YCBCR = 0, 1, 2, 3, 6


@dataclass(frozen=True, eq=False)
class Page:
    """One picture of a TIFF.

    Attributes:
        form: byte order, and classic or Big.
        width: in pixels.
        height: in pixels.
        samples: channels, extra ones included.
        bits: of one sample.
        kind: UNSIGNED, SIGNED, FLOAT, or another number of tag 339.
        compression: tag 259.
        predictor: tag 317.
        photometric: tag 262.
        separate: whether each channel is stored by itself.
        extras: meanings of the extra channels, tag 338.
        piece: height and width of a strip or tile; pieces at the edge of tiles are padded.
        tiled: whether the pieces are tiles.
        offsets: (pieces,) where each piece lies.
        counts: (pieces,) bytes of each.
    """

    form: Form
    width: int
    height: int
    samples: int
    bits: int
    kind: int
    compression: int
    predictor: int
    photometric: int
    separate: bool
    extras: tuple[int, ...]
    piece: tuple[int, int]
    tiled: bool
    offsets: tuple[int, ...]
    counts: tuple[int, ...]

    @property
    def dtype(self) -> np.dtype:
        """The type of one sample in the file."""
        letter = {SIGNED: "i", FLOAT: "f"}.get(self.kind, "u")
        return np.dtype(f"{self.form.order}{letter}{self.bits // 8}")

    @property
    def across(self) -> int:
        """How many pieces lie side by side."""
        return -(-self.width // self.piece[1])

    @property
    def planes(self) -> int:
        """How many times the picture is stored: once, or once for each channel."""
        return self.samples if self.separate else 1


def read_page(fields: Directory, form: Form) -> Page:
    """Interprets a directory.

    Args:
        fields: the directory.
        form: the form of the file.

    Returns:
        The page.

    Raises:
        ValueError: when a field that must be there is missing or makes no sense.
    """

    def find(tag: int, default: int | None = None) -> int:
        return _find(fields, form, tag, default)[0]

    width, height, samples = find(256), find(257), find(277, 1)
    bits = set(_find(fields, form, 258, 1))
    kinds = set(_find(fields, form, 339, UNSIGNED))
    if len(bits) != 1 or len(kinds) != 1:
        raise ValueError("its channels differ in depth")
    tiled = 322 in fields
    piece = (find(323), find(322)) if tiled else (min(find(278, height), height), width)
    kind = kinds.pop()
    return Page(
        form=form,
        width=width,
        height=height,
        samples=samples,
        bits=bits.pop(),
        kind=UNSIGNED if kind == 4 else kind,
        compression=find(259, 1),
        predictor=find(317, 1),
        photometric=find(262, RGB if samples > 2 else BLACK_IS_ZERO),
        separate=find(284, 1) == 2 and samples > 1,
        extras=_find(fields, form, 338, None) if 338 in fields else (),
        piece=piece,
        tiled=tiled,
        offsets=_find(fields, form, 324 if tiled else 273, None),
        counts=_find(fields, form, 325 if tiled else 279, None),
    )


def _find(fields: Directory, form: Form, tag: int, default: int | None) -> tuple[int, ...]:
    field = fields.get(tag)
    if isinstance(field, Entry):
        return tuple(int(value) for value in numbers(field, form.order).tolist())
    if default is None:
        raise ValueError(f"its field {tag} is missing")
    return (default,)


def check_pieces(page: Page) -> None:
    """Checks that there are as many strips or tiles as the size requires.

    Args:
        page: one whose width and height are positive.

    Raises:
        ValueError: when there are too few, or they make no sense.
    """
    if min(page.samples, *page.piece) < 1 or (page.tiled and max(page.piece) > 2**16):
        raise ValueError("the size of its pieces makes no sense")
    needed = page.across * -(-page.height // page.piece[0]) * page.planes
    if len(page.offsets) < needed or len(page.counts) < needed:
        raise ValueError("pieces of the picture are missing")
