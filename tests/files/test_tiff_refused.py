"""TIFF: kinds that are not read, and directories that lie."""

import struct

import numpy as np
import pytest
import tifffile
from tests.files.makers import noise

from sparsight.files import FileError, open_photo


def write_kind(path, kind):
    grey, stack = noise(9, 8), noise(3, 9, 8)
    options = {
        "cmyk": (noise(9, 8, 4), {"photometric": "separated"}),
        "lab": (noise(9, 8, 3), {"photometric": "cielab"}),
        "pages": (stack, {"photometric": "minisblack"}),
        "imagej": (stack, {"imagej": True}),
        "long": (grey.astype(np.uint64), {}),
        "signed": (grey.astype(np.int64), {}),
        "inverted": (grey.astype(np.int16), {"photometric": "miniswhite"}),
        "complex": (grey.astype(np.complex64), {}),
        "five": (noise(9, 8, 5), {"photometric": "rgb", "extrasamples": [0, 0]}),
        "two": (noise(9, 8, 2), {"photometric": "minisblack", "extrasamples": [0]}),
        "sensor": (grey, {"photometric": "cfa"}),
        "preview": (grey, {"subfiletype": 1}),
        "dng": (grey, {"extratags": [(50706, 1, 4, (1, 4, 0, 0), True)]}),
        "white": (grey.astype(np.float32), {"photometric": "miniswhite"}),
        "ycbcr": (noise(9, 8, 3), {"photometric": "ycbcr"}),
        "depth": (noise(2, 16, 16, dtype="uint8"), {"volumetric": True, "tile": (1, 16, 16)}),
    }
    array, more = options[kind]
    tifffile.imwrite(path, array, **({"metadata": None} if kind != "imagej" else {}), **more)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("cmyk", "its pixels are CMYK; convert it to RGB"),
        ("lab", "its pixels are Lab"),
        ("pages", "it has 3 pages; save one page"),
        ("imagej", "it has 3 pages"),
        ("long", "its samples have 64 bits; save it with 8 or 16 bits"),
        ("signed", "its samples have 64 bits and a sign"),
        ("inverted", "its signed pixels count from white"),
        ("complex", "64 bits of complex numbers"),
        ("five", "it has 5 channels, which are not grey or RGB"),
        ("two", "it has 2 channels"),
        ("sensor", "unprocessed sensor data"),
        ("preview", "only a preview"),
        ("dng", "camera raw file; develop it"),
        ("white", "count from white"),
        ("ycbcr", "its pixels are YCbCr"),
        ("depth", "it is a volume; save its planes"),
    ],
)
def test_other_kinds_are_refused(tmp_path, kind, message):
    write_kind(tmp_path / "a.tif", kind)
    with pytest.raises(FileError, match=message):
        open_photo(tmp_path / "a.tif")


def test_a_huge_claim_is_refused_from_the_directory(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", noise(4, 4), metadata=None)
    with tifffile.TiffFile(tmp_path / "a.tif") as tiff:
        places = [tiff.pages[0].tags[tag].valueoffset for tag in (256, 257)]
    data = bytearray((tmp_path / "a.tif").read_bytes())
    for claim, message in ((50_000, "more than 1000 megapixels"), (20_000, "are missing")):
        for place in places:
            struct.pack_into("<I", data, place, claim)
        (tmp_path / "a.tif").write_bytes(data)
        with pytest.raises(FileError, match=message):
            open_photo(tmp_path / "a.tif")


def test_directories_in_a_circle_are_refused(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", noise(4, 4), metadata=None, subfiletype=1)
    data = bytearray((tmp_path / "a.tif").read_bytes())
    start = struct.unpack_from("<I", data, 4)[0]
    count = struct.unpack_from("<H", data, start)[0]
    struct.pack_into("<I", data, start + 2 + 12 * count, start)
    (tmp_path / "a.tif").write_bytes(data)
    with pytest.raises(FileError, match="its pages go round in a circle"):
        open_photo(tmp_path / "a.tif")
