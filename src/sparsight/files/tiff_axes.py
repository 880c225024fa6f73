"""Which pages of a TIFF show the same channel, as its first page says."""

import json
import math
import re
from collections.abc import Sequence

import numpy as np

Axes = Sequence[tuple[str, int]]  # letters and lengths, the slowest first


def channels_of(description: bytes, pages: int, samples: int) -> tuple[int, ...]:
    """Reads the descriptions of ImageJ, OME and tifffile.

    Args:
        description: of the first page.
        pages: how many there are.
        samples: numbers of a pixel.

    Returns:
        The channel of each page, from 0; 0 for all where nothing is said of them.
    """
    readers = {b"ImageJ=": _imagej, b"</OME": _ome, b'{"shape":': _shaped}
    axes = next((read(description) for sign, read in readers.items() if sign in description), ())
    axes = [(name, length) for name, length in axes if name not in "YXS"]
    lengths = [length // samples if name == "C" else length for name, length in axes]
    names = "".join(name for name, _ in axes)
    if names.count("C") != 1 or math.prod(lengths) != pages or min(lengths) < 1:
        return (0,) * pages
    places = np.unravel_index(np.arange(pages), lengths)
    return tuple(int(channel) for channel in places[names.index("C")])


def _imagej(text: bytes) -> Axes:
    """Channels follow one another, then slices, then moments."""
    sizes = [re.search(rb"^%b=(\d{1,9})" % key, text, re.M) for key in (b"images", b"channels")]
    images, channels = (int(size[1]) if size else 1 for size in sizes)
    return [("T", images // channels), ("C", channels)] if channels else ()


def _ome(text: bytes) -> Axes:
    pixels = text.partition(b"</Pixels>")[0].decode(errors="replace")
    order = re.search(r'\bDimensionOrder="XY([ZCT]{3})"', pixels)
    sizes = dict(re.findall(r'\bSize([ZCT])="(\d{1,9})"', pixels))
    if order is None or len(sizes) != len(order[1]):
        return ()
    return [(name, int(sizes[name])) for name in reversed(order[1])]


def _shaped(text: bytes) -> Axes:
    try:
        said = json.loads(text.rstrip(b"\0"))
        return [(name, int(n)) for name, n in zip(said["axes"], said["shape"], strict=True)]
    except (KeyError, OverflowError, TypeError, ValueError):
        return ()
