"""Which pages of a TIFF show the same channel."""

from itertools import product

import numpy as np
import pytest
import tifffile
from tests.files.makers import noise

from sparsight.files import open_stack
from sparsight.files.tiff_axes import channels_of

OPTIONS = {
    "imagej": {"imagej": True},
    "imagej_behind_one": {"imagej": True, "truncate": True},
    "ome": {"ome": True},
    "tifffile": {"photometric": "minisblack"},
    "tifffile_behind_one": {"photometric": "minisblack", "truncate": True},
}
AXES = ["TCYX", "TZCYX", "ZYX", "CYX"]
SLICES_FIRST = ["CZYX", "TCZYX"]  # not in ImageJ


@pytest.mark.parametrize(
    ("kind", "axes"),
    [
        *product(OPTIONS, AXES),
        *product(("ome", "tifffile", "tifffile_behind_one"), SLICES_FIRST),
    ],
)
def test_pages_know_their_channel(tmp_path, kind, axes):
    lengths = dict(zip("TZCYX", (3, 2, 4, 12, 10), strict=True))
    shape = [lengths[axis] for axis in axes]
    options = {**OPTIONS[kind], "metadata": {"axes": axes}}
    tifffile.imwrite(tmp_path / "a.tif", noise(*shape, dtype="uint16"), **options)
    places = np.indices(shape[:-2])
    expected = places[axes.index("C")].ravel() if "C" in axes else np.zeros(shape[0], int)
    assert open_stack(tmp_path / "a.tif").channels == tuple(expected)


@pytest.mark.parametrize(
    "words",
    [
        b"",
        b"a field, ImageJ= in it",
        b"ImageJ=1\nimages=6\nchannels=0\n",
        b"ImageJ=1\nimages=9\nchannels=2\n",
        b'<OME><Pixels SizeC="2" SizeZ="3" SizeT="1"/></OME>',
        b'<OME><Pixels DimensionOrder="XYZCT" SizeC="2" SizeZ="9" SizeT="1"/></OME>',
        b'<OME><Pixels DimensionOrder="XYCCT" SizeC="2" SizeZ="3" SizeT="1"/></OME>',
        b'{"shape": [2, 3, 4, 4], "axes": "CT"}',
        b'{"shape": [2, 3, 4, 4], "axes": 7}',
        b'{"shape": 5, "axes": "CTYX"}',
        b'{"shape": [6, 4, 4]}',
        b'{"shape": [Infinity, 3, 4, 4], "axes": "CTYX"}',
        b'{"shape": [-2, -3, 4, 4], "axes": "CTYX"}',
        b'{"shape": [2, 3',
        b'{"shape": ["a", 3, 4, 4], "axes": "CTYX"}',
    ],
)
def test_what_a_description_does_not_say_is_one_channel(words):
    assert channels_of(words, 6, 1) == (0,) * 6


def test_colours_of_a_pixel_are_no_channels_of_pages():
    order = b'<OME><Pixels DimensionOrder="XYCZT" SizeC="6" SizeZ="3" SizeT="1"></Pixels></OME>'
    assert channels_of(order, 6, 3) == (0, 1) * 3
