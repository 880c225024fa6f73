"""Which values of a picture become 0 and 1.

Those of 8 and 16 bits are known. Floats, and integers of other kinds, say nothing of theirs: it is
told by what values there are, in all pages of a file together.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sparsight.files.errors import refuse
from sparsight.files.samples import Samples

KNOWN = {"uint8": (0.0, 255.0), "uint16": (0.0, 65535.0)}
_LOOKED_AT = 2**16
_GREATEST, _CLOSEST = 1e36, 1e-30


class Spread(NamedTuple):
    """The values of a page: the least, the greatest, and some of them."""

    least: float
    most: float
    some: np.ndarray


def range_of(path: Path, samples: Samples, colours: int) -> tuple[float, float]:
    """The values of a picture that become 0 and 1.

    Args:
        path: where it was read.
        samples: its numbers as stored.
        colours: 1 or 3; further channels do not count.

    Raises:
        FileError: it has NaN or infinite samples.
    """
    known = KNOWN.get(samples.dtype.name)
    return known or range_within(path, [spread_of(path, samples, colours)], samples.dtype)


def spread_of(path: Path, samples: Samples, colours: int, pages: int = 1) -> Spread:
    """Looks through a page.

    Args:
        path: where it was read.
        samples: its numbers as stored.
        colours: 1 or 3; further channels do not count.
        pages: how many are looked through; of each the fewer values are taken along.

    Raises:
        FileError: it has NaN or infinite samples.
    """
    height, width, channels = samples.shape
    step = max(1, 2**20 // (width * channels))
    sparsely = height * width * pages // _LOOKED_AT | 1  # odd, so as not to keep to some columns
    least, most, some = np.inf, -np.inf, []
    for top in range(0, height, step):
        rows = samples.rows(top, min(height, top + step))
        if not np.isfinite(rows).all():
            advice = "replace them before restoring"
            raise refuse(path, "it has NaN or infinite samples", advice)
        rows = rows[..., :colours]
        least, most = min(least, float(rows.min())), max(most, float(rows.max()))
        some.append(rows.reshape(-1, colours)[::sparsely].ravel())
    return Spread(least, most, np.concatenate(some))


def range_within(path: Path, spreads: Sequence[Spread], dtype: np.dtype) -> tuple[float, float]:
    """The values that become 0 and 1.

    Floats from -0.5 to 1.5 are taken to be in [0, 1], unless all lie within an 8-bit step of each
    other. Of others all but one value in a thousand at either end count: a hot pixel decides
    nothing, nor does what a camera adds to all.

    Args:
        path: where they were read.
        spreads: of all pages that shall have one range.
        dtype: of their numbers.

    Raises:
        FileError: they are too large or too close together to be computed with.
    """
    least, most = min(s.least for s in spreads), max(s.most for s in spreads)
    if max(-least, most) > _GREATEST:
        raise refuse(path, f"it has values from {least:.2g} to {most:.2g}", "divide them")
    within = least >= -0.5 and most <= 1.5 and (most - least > 1 / 255 or most == least)
    if dtype.kind == "f" and within:
        return 0.0, 1.0
    some = np.concatenate([spread.some for spread in spreads]).astype(np.float64)
    black, white = np.quantile(some, (0.001, 0.999)).tolist()
    if black == white:  # nearly all are the same
        black, white = least, most
    black, white = (black, white) if black < white else (0.0, abs(white) or 1.0)
    if white - black < _CLOSEST:
        raise refuse(path, f"its values span {white - black:.2g} alone", "multiply them")
    return black, white
