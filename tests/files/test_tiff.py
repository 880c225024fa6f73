"""TIFF: depths, byte orders, layouts and compressions; tifffile and Pillow are the judges."""

import math
import struct
from dataclasses import replace

import numpy as np
import pytest
import tifffile
from PIL import Image
from tests.files.makers import copy, noise

from sparsight.files import FileError, open_photo
from sparsight.files.metadata import Metadata
from sparsight.files.samples import ArraySamples, FileSamples
from sparsight.files.tiff_write import TiffFile, TiffWriter

LAYOUTS = {
    "grey": ((31, 22), {"photometric": "minisblack"}),
    "rgb": ((31, 22, 3), {"photometric": "rgb"}),
    "rgba": ((31, 22, 4), {"photometric": "rgb", "extrasamples": ["unassalpha"]}),
    "grey_alpha": ((31, 22, 2), {"photometric": "minisblack", "extrasamples": ["unassalpha"]}),
    "planar": ((3, 31, 22), {"photometric": "rgb", "planarconfig": "separate"}),
}
WAYS = {
    "one_strip": {"rowsperstrip": 31},
    "strips": {"rowsperstrip": 4},
    "tiles": {"tile": (16, 16)},
    "deflate": {"compression": "zlib", "rowsperstrip": 4},
    "predicted": {"compression": "zlib", "predictor": 2, "rowsperstrip": 5},
    "predicted_tiles": {"compression": "zlib", "predictor": 2, "tile": (16, 32)},
    "big": {"bigtiff": True},
    "big_deflate": {"bigtiff": True, "compression": "zlib"},
}


def channels_last(array: np.ndarray, layout: str) -> np.ndarray:
    if layout == "planar":
        array = array.transpose(1, 2, 0)
    return array.reshape(31, 22, -1)


def read_back(path) -> np.ndarray:
    with tifffile.TiffFile(path) as tiff:
        lzw = tiff.pages[0].compression == 5
    if lzw:
        with Image.open(path) as image:
            array = np.asarray(image)
    else:
        array = tifffile.imread(path)
    return array.reshape(*array.shape[:2], -1)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_pixels_come_back_identical(tmp_path, dtype, layout, order):
    shape, options = LAYOUTS[layout]
    array = noise(*shape, dtype=dtype)
    expected = channels_last(array, layout)
    for way, more in WAYS.items():
        if way.startswith("predicted") and dtype == "float32":
            continue
        source = tmp_path / f"{way}.tif"
        tifffile.imwrite(source, array, byteorder=order, metadata=None, **options, **more)
        photo = open_photo(source)
        colours = 1 if "grey" in layout else 3
        assert photo.shape == (colours, 31, 22)
        assert photo.alpha == (layout in ("rgba", "grey_alpha"))
        plain = "compression" not in more and "tile" not in more
        assert isinstance(photo.samples, FileSamples if plain else ArraySamples)
        target = copy(photo, tmp_path / f"{way}_out.tif")
        written = read_back(target)
        assert written.dtype.name == dtype
        np.testing.assert_array_equal(written, expected, err_msg=way)
        with tifffile.TiffFile(target) as tiff:
            assert tiff.byteorder == order
            assert tiff.is_bigtiff == way.startswith("big")
            page = tiff.pages[0]
            assert page.compression == (8 if "compression" in more else 1)
            assert page.predictor == (2 if way.startswith("predicted") else page.predictor)
            assert len(tiff.pages) == 1


@pytest.mark.parametrize("compression", ["tiff_lzw", "packbits", "tiff_adobe_deflate"])
@pytest.mark.parametrize("mode", ["L", "RGB", "I;16", "F", "LA", "RGBA"])
def test_compressions_of_libtiff(tmp_path, mode, compression):
    dtype = {"I;16": "uint16", "F": "float32"}.get(mode, "uint8")
    channels = {"RGB": 3, "LA": 2, "RGBA": 4}.get(mode, 1)
    array = noise(150, 97, channels, dtype=dtype)
    image = Image.fromarray(array[..., 0] if channels == 1 else array)
    assert image.mode == mode
    image.save(tmp_path / "a.tif", compression=compression)
    photo = open_photo(tmp_path / "a.tif")
    np.testing.assert_array_equal(photo.samples.rows(0, 150), array)
    target = copy(photo, tmp_path / "b.tif")
    with Image.open(target) as image:
        np.testing.assert_array_equal(np.asarray(image).reshape(array.shape), array)
        lzw = compression == "tiff_lzw"
        assert image.info["compression"] == ("tiff_lzw" if lzw else "tiff_adobe_deflate")


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("predictor", [1, 2])
def test_16_bit_colour_with_lzw(tmp_path, order, predictor):
    array = noise(90, 70, 3, dtype="uint16")
    tifffile.imwrite(
        tmp_path / "a.tif",
        array,
        byteorder=order,
        photometric="rgb",
        compression="zlib",
        predictor=predictor,
    )
    photo = open_photo(tmp_path / "a.tif")
    traits = replace(photo.metadata.tiff, compression=5)
    photo = replace(photo, metadata=replace(photo.metadata, tiff=traits))
    target = copy(photo, tmp_path / "b.tif")
    with tifffile.TiffFile(target) as tiff:
        assert (tiff.pages[0].compression, tiff.pages[0].predictor) == (5, predictor)
    with Image.open(target) as image:
        np.testing.assert_array_equal(np.asarray(image), array >> 8)
    np.testing.assert_array_equal(open_photo(target).samples.rows(0, 90), array)


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate"])
def test_float_predictor(tmp_path, compression):
    array = noise(60, 41, dtype="float32")
    source = tmp_path / "a.tif"
    Image.fromarray(array).save(source, compression=compression, tiffinfo={317: 3})
    with tifffile.TiffFile(source) as tiff:
        assert tiff.pages[0].predictor == 3
    photo = open_photo(source)
    np.testing.assert_array_equal(photo.samples.rows(0, 60)[..., 0], array)
    with Image.open(copy(photo, tmp_path / "b.tif")) as image:
        np.testing.assert_array_equal(np.asarray(image), array)
        assert image.tag_v2[317] == 3


def test_strips_with_gaps_between_them_are_still_read_from_the_file(tmp_path):
    array = noise(10, 6, dtype="uint16")
    tifffile.imwrite(tmp_path / "a.tif", array, rowsperstrip=5, metadata=None)
    with tifffile.TiffFile(tmp_path / "a.tif") as tiff:
        offsets, where = tiff.pages[0].dataoffsets, tiff.pages[0].tags[273]
    data = bytearray((tmp_path / "a.tif").read_bytes())
    second = data[offsets[1] : offsets[1] + 60]
    struct.pack_into(
        "<I" if where.dtype == 4 else "<H",
        data,
        where.valueoffset + (4 if where.dtype == 4 else 2),
        len(data),
    )
    (tmp_path / "a.tif").write_bytes(data + second)
    photo = open_photo(tmp_path / "a.tif")
    assert isinstance(photo.samples, FileSamples)
    np.testing.assert_array_equal(photo.samples.rows(3, 9)[..., 0], array[3:9])


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_white_is_zero_is_turned(tmp_path, dtype):
    array = noise(8, 9, dtype=dtype)
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="miniswhite")
    photo = open_photo(tmp_path / "a.tif")
    expected = np.iinfo(dtype).max - array
    np.testing.assert_array_equal(photo.samples.rows(0, 8)[..., 0], expected)
    np.testing.assert_array_equal(tifffile.imread(copy(photo, tmp_path / "b.tif")), expected)


@pytest.mark.parametrize("compression", ["raw", "group4", "tiff_ccitt", "packbits", "tiff_lzw"])
def test_one_bit_becomes_eight(tmp_path, compression):
    array = noise(40, 30) > 120
    Image.fromarray(array).save(tmp_path / "a.tif", compression=compression)
    photo = open_photo(tmp_path / "a.tif")
    assert (photo.depth, photo.shape) == ("8-bit", (1, 40, 30))
    np.testing.assert_array_equal(photo.samples.rows(0, 40)[..., 0], array * np.uint8(255))
    np.testing.assert_array_equal(read_back(copy(photo, tmp_path / "b.tif"))[..., 0], array * 255)


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
def test_palettes_become_colours(tmp_path, compression):
    image = Image.fromarray(noise(20, 30, 3)).quantize(16)
    image.save(tmp_path / "a.tif", compression=compression)
    photo = open_photo(tmp_path / "a.tif")
    expected = np.asarray(image.convert("RGB"))
    np.testing.assert_array_equal(photo.samples.rows(0, 20), expected)
    np.testing.assert_array_equal(read_back(copy(photo, tmp_path / "b.tif")), expected)


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_jpeg_inside_tiff(tmp_path, mode):
    image = Image.fromarray(noise(64, 48, 3)).convert(mode)
    image.save(tmp_path / "a.tif", compression="jpeg")
    photo = open_photo(tmp_path / "a.tif")
    assert not photo.lossless
    with Image.open(tmp_path / "a.tif") as image:
        expected = np.asarray(image).reshape(64, 48, -1)
    np.testing.assert_array_equal(read_back(copy(photo, tmp_path / "b.tif")), expected)


def test_previews_beside_the_picture_are_left_out(tmp_path):
    array = noise(16, 17, 3)
    with tifffile.TiffWriter(tmp_path / "a.tif") as tiff:
        tiff.write(array[::4, ::4], photometric="rgb", subfiletype=1, metadata=None)
        tiff.write(array, photometric="rgb", metadata=None)
    photo = open_photo(tmp_path / "a.tif")
    np.testing.assert_array_equal(photo.samples.rows(0, 16), array)


def test_a_palette_behind_a_preview(tmp_path):
    image = Image.fromarray(noise(20, 30, 3)).quantize(16)
    preview = Image.fromarray(noise(5, 6, 3))
    preview.save(tmp_path / "a.tif", save_all=True, append_images=[image], tiffinfo={254: 1})
    data = bytearray((tmp_path / "a.tif").read_bytes())
    with tifffile.TiffFile(tmp_path / "a.tif") as tiff:
        second = tiff.pages[1].tags.get(254)
    if second is not None:
        struct.pack_into("<I", data, second.valueoffset, 0)
    (tmp_path / "a.tif").write_bytes(data)
    photo = open_photo(tmp_path / "a.tif")
    np.testing.assert_array_equal(photo.samples.rows(0, 20), np.asarray(image.convert("RGB")))


def test_unspecified_and_premultiplied_extra_channels_keep_their_meaning(tmp_path):
    array = noise(6, 7, 4)
    for name, code in (("unspecified", 0), ("assocalpha", 1), ("unassalpha", 2)):
        source = tmp_path / f"{name}.tif"
        tifffile.imwrite(source, array, photometric="rgb", extrasamples=[name])
        target = copy(open_photo(source), tmp_path / f"{name}_out.tif")
        with tifffile.TiffFile(target) as tiff:
            assert tiff.pages[0].extrasamples == (code,)
            np.testing.assert_array_equal(tiff.asarray(), array)
    with pytest.raises(FileError, match=r"multiplied by their transparency; write \.tif instead"):
        copy(open_photo(tmp_path / "assocalpha.tif"), tmp_path / "x.png")


@pytest.mark.parametrize("kind", ["palette", "bits", "jpeg", "lzw", "plain"])
def test_an_orientation_turns_no_pixels(tmp_path, kind):
    image = Image.fromarray(noise(20, 32, 3))
    image = {"palette": image.quantize(16), "bits": image.convert("1")}.get(kind, image)
    compression = {"bits": "group4", "jpeg": "jpeg", "lzw": "tiff_lzw"}.get(kind, "raw")
    image.save(tmp_path / "upright.tif", compression=compression)
    image.save(tmp_path / "turned.tif", compression=compression, tiffinfo={274: 6})
    upright, turned = (open_photo(tmp_path / name) for name in ("upright.tif", "turned.tif"))
    np.testing.assert_array_equal(turned.samples.rows(0, 20), upright.samples.rows(0, 20))
    with tifffile.TiffFile(copy(turned, tmp_path / "b.tif")) as tiff:
        assert tiff.pages[0].tags[274].value == 6
        assert tiff.pages[0].shape[:2] == (20, 32)


def test_more_than_four_gigabytes_become_a_big_tiff(tmp_path):
    shape = (30_000, 30_000, 3)
    rows = noise(2, 30_000, 3, dtype="uint16")
    with open(tmp_path / "a.tif", "w+b") as file:
        tiff = TiffFile(file, Metadata(), 2 * math.prod(shape))
        writer = TiffWriter(tiff, shape, np.dtype("uint16"), Metadata(), alpha=False)
        writer.put(29_998, rows)
        writer.finish()
    with tifffile.TiffFile(tmp_path / "a.tif") as tiff:
        assert tiff.is_bigtiff
        assert tiff.pages[0].shape == shape
    photo = open_photo(tmp_path / "a.tif")
    np.testing.assert_array_equal(photo.samples.rows(29_998, 30_000), rows)
    np.testing.assert_array_equal(tifffile.memmap(tmp_path / "a.tif", mode="r")[29_998:], rows)


def test_a_table_of_colours_beside_grey_pixels_does_not_colour_them(tmp_path):
    array, table = noise(12, 13), np.arange(768, dtype="u2") * 80
    extra = [(320, 3, 768, table, True)]
    options = {"photometric": "minisblack", "extratags": extra, "metadata": None}
    tifffile.imwrite(tmp_path / "a.tif", array, **options)
    with Image.open(copy(open_photo(tmp_path / "a.tif"), tmp_path / "b.tif")) as image:
        assert image.mode == "L"
