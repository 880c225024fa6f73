"""EXIF orientation: from pixels as they lie in a file to the picture that viewers show, and back.

Exif 2.32, tag 274.
"""

import numpy as np
from jaxtyping import Shaped

from sparsight.files.ifd import Entry, numbers, unblob
from sparsight.files.metadata import Metadata

ORIENTATION = 274
# Whether rows become columns, and which axes are reversed after that.
_TURNS: dict[int, tuple[bool, tuple[int, ...]]] = {
    1: (False, ()),
    2: (False, (-1,)),
    3: (False, (-2, -1)),
    4: (False, (-2,)),
    5: (True, ()),
    6: (True, (-1,)),
    7: (True, (-2, -1)),
    8: (True, (-2,)),
}


def orientation_of(metadata: Metadata) -> int:
    """How a viewer turns the picture: 1 to 8, 1 where nothing sensible is said."""
    tiff = metadata.tiff
    order, fields = unblob(metadata.exif) if tiff is None else (tiff.form.order, tiff.tags)
    field = fields.get(ORIENTATION)
    found = numbers(field, order) if isinstance(field, Entry) else np.empty(0)
    return int(found[0]) if len(found) and found[0] in _TURNS else 1


def size_shown(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Height and width as they are shown, from those that are stored."""
    height, width = size
    return (width, height) if _TURNS[orientation][0] else size


def as_shown(
    pixels: Shaped[np.ndarray, "*c _ _"], orientation: int
) -> Shaped[np.ndarray, "*c _ _"]:
    """Turns rows and columns as they are stored into those that are shown."""
    swapped, reversed_axes = _TURNS[orientation]
    turned = pixels.swapaxes(-2, -1) if swapped else pixels
    return np.ascontiguousarray(np.flip(turned, reversed_axes))


def as_stored(
    pixels: Shaped[np.ndarray, "*c _ _"], orientation: int
) -> Shaped[np.ndarray, "*c _ _"]:
    """Turns rows and columns as they are shown into those that are stored."""
    swapped, reversed_axes = _TURNS[orientation]
    turned = np.flip(pixels, reversed_axes)
    return np.ascontiguousarray(turned.swapaxes(-2, -1) if swapped else turned)
