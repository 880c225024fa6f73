"""TIFFs of several pages: read page by page, written as they were."""

import struct
from dataclasses import replace

import numpy as np
import pytest
import tifffile
from PIL import Image
from tests.files.makers import noise

from sparsight.files import FileError, create_stack, open_photo, open_stack


def copy(source, target):
    stack = open_stack(source)
    with create_stack(target, stack) as out:
        for photo in stack:
            write(out, photo)
    return target


def write(out, photo):
    with out.page(photo) as page:
        page.write_rows(0, photo.read_rows(0, photo.shape[1]))


KINDS = {
    "plain": {"photometric": "minisblack"},
    "imagej": {
        "imagej": True,
        "resolution": (2.5, 2.5),
        "metadata": {"spacing": 3.1, "unit": "um"},
    },
    "imagej_behind_one": {"imagej": True, "truncate": True},
    "behind_one": {"photometric": "minisblack", "truncate": True},
    "ome": {"ome": True, "metadata": {"axes": "ZYX", "PhysicalSizeX": 0.1}},
    "big": {"bigtiff": True, "photometric": "minisblack"},
    "big_endian": {"byteorder": ">", "photometric": "minisblack"},
    "deflate": {"compression": "zlib", "photometric": "minisblack", "rowsperstrip": 4},
    "tiled": {"tile": (16, 16), "photometric": "minisblack"},
}


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [
        *((kind, dtype) for kind in KINDS for dtype in ("uint8", "uint16", "float32")),
        *(("predictor", dtype) for dtype in ("uint8", "uint16")),
    ],
)
def test_pages_are_what_they_were(tmp_path, kind, dtype):
    array = noise(5, 33, 24, dtype=dtype)
    source, target = tmp_path / "a.tif", tmp_path / "b.tif"
    options = KINDS.get(kind) or {**KINDS["deflate"], "predictor": 2}
    tifffile.imwrite(source, array, **options)
    stack = open_stack(source)
    assert len(stack) == 5
    assert stack.shapes == ((1, 33, 24),) * 5
    copy(source, target)
    np.testing.assert_array_equal(tifffile.imread(target), array)
    with tifffile.TiffFile(source) as before, tifffile.TiffFile(target) as after:
        assert len(after.pages) == 5
        assert (after.byteorder, after.is_bigtiff) == (before.byteorder, before.is_bigtiff)
        assert after.series[0].axes == before.series[0].axes
        assert (after.series[0].dataoffset is None) == (before.pages[0].compression != 1)
        assert after.imagej_metadata == before.imagej_metadata
        assert after.ome_metadata == before.ome_metadata
        for tag in (282, 283, 305):
            assert (tag in after.pages[0].tags) == (tag in before.pages[0].tags)
        if before.pages[0].compression in (1, 5, 8):
            assert after.pages[4].compression == before.pages[0].compression


def test_axes_of_hyperstacks_stay(tmp_path):
    array = noise(2, 3, 2, 16, 17, dtype="uint16")
    for name, options in {
        "imagej": {"imagej": True, "metadata": {"axes": "TZCYX"}},
        "ome": {"ome": True, "metadata": {"axes": "TZCYX"}},
        "shaped": {"photometric": "minisblack"},
    }.items():
        tifffile.imwrite(tmp_path / f"{name}.tif", array, **options)
        with tifffile.TiffFile(copy(tmp_path / f"{name}.tif", tmp_path / f"{name}_.tif")) as after:
            np.testing.assert_array_equal(after.asarray(), array)
            assert after.series[0].shape == array.shape


def test_pages_in_colour_and_of_other_sizes(tmp_path):
    pages = [noise(20, 21, 3), noise(9, 30), noise(14, 15, 4)]
    with tifffile.TiffWriter(tmp_path / "a.tif") as tiff:
        tiff.write(pages[0], photometric="rgb", metadata=None, description="first")
        tiff.write(pages[0][::4, ::4], photometric="rgb", subfiletype=1, metadata=None)
        tiff.write(pages[1], compression="zlib", metadata=None, description="second")
        tiff.write(pages[2], photometric="rgb", extrasamples=["unassalpha"], metadata=None)
    assert open_stack(tmp_path / "a.tif").shapes == ((3, 20, 21), (1, 9, 30), (3, 14, 15))
    with tifffile.TiffFile(copy(tmp_path / "a.tif", tmp_path / "b.tif")) as tiff:
        for page, array in zip(tiff.pages, pages, strict=True):
            np.testing.assert_array_equal(page.asarray(), array)
        assert [page.description for page in tiff.pages] == ["first", "second", ""]


def test_planes_of_metamorph(tmp_path):
    array = noise(4, 10, 12, dtype="uint16")
    planes = (33629, 5, 4, (1,) * 8, True)
    with tifffile.TiffWriter(tmp_path / "a.tif") as tiff:
        tiff.write(array[0], metadata=None, extratags=[planes], contiguous=False)
    data = bytearray((tmp_path / "a.tif").read_bytes())
    with tifffile.TiffFile(tmp_path / "a.tif") as tiff:
        where = tiff.pages[0].tags[273].valueoffset
    struct.pack_into("<I", data, where, len(data))
    (tmp_path / "a.tif").write_bytes(data + array.tobytes())
    copy(tmp_path / "a.tif", tmp_path / "b.tif")
    with tifffile.TiffFile(tmp_path / "b.tif") as tiff:
        assert not tiff.is_stk
        assert len(tiff.pages) == 4
        np.testing.assert_array_equal([page.asarray() for page in tiff.pages], array)


def test_pixels_of_imagej_keep_their_numbers_and_the_colours_they_are_shown_in(tmp_path):
    array, table = noise(3, 12, 13), noise(3, 256, dtype="uint16")
    tifffile.imwrite(
        tmp_path / "a.tif",
        array,
        photometric="palette",
        colormap=table,
        metadata=None,
        description="ImageJ=1.54f\nimages=3\n",
    )
    assert open_stack(tmp_path / "a.tif").shapes == ((1, 12, 13),) * 3
    with tifffile.TiffFile(copy(tmp_path / "a.tif", tmp_path / "b.tif")) as tiff:
        np.testing.assert_array_equal(tiff.asarray(), array)
        assert tiff.pages[0].photometric == 3
        np.testing.assert_array_equal(tiff.pages[0].colormap, table)


def test_floats_have_the_range_of_all_pages(tmp_path):
    array = noise(3, 32, 32, dtype="float32") * np.array([1, 10, 1000], "f4")[:, None, None]
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="minisblack")
    photos = list(open_stack(tmp_path / "a.tif"))
    assert len({(photo.black, photo.scale) for photo in photos}) == 1
    assert photos[0].scale > 300
    assert photos[0].read_rows(0, 32).max() < 0.01


def test_a_page_that_cannot_be_read_is_named(tmp_path):
    for name, odd, message in (
        ("kind", noise(9, 8, 4), "a.tif: page 2: its pixels are CMYK; convert it"),
        ("nan", np.full((9, 8), np.nan, "f4"), "a.tif: page 2: it has NaN or infinite samples"),
    ):
        photometric = "separated" if name == "kind" else "minisblack"
        with tifffile.TiffWriter(tmp_path / "a.tif") as tiff:
            tiff.write(noise(9, 8), metadata=None)
            tiff.write(odd, photometric=photometric, metadata=None)
        with pytest.raises(FileError, match=message):
            open_stack(tmp_path / "a.tif")


def test_damage_of_a_later_page_is_found_when_its_turn_comes(tmp_path):
    tifffile.imwrite(
        tmp_path / "a.tif", noise(3, 40, 40), compression="zlib", photometric="minisblack"
    )
    with tifffile.TiffFile(tmp_path / "a.tif") as tiff:
        where = tiff.pages[2].dataoffsets[0]
    data = bytearray((tmp_path / "a.tif").read_bytes())
    data[where + 40 : where + 80] = bytes(40)
    (tmp_path / "a.tif").write_bytes(data)
    with pytest.raises(FileError, match=r"a\.tif: page 3: "):
        copy(tmp_path / "a.tif", tmp_path / "b.tif")
    assert [path.name for path in tmp_path.iterdir()] == ["a.tif"]


def test_frames_that_are_named_but_not_there(tmp_path):
    text = b"ImageJ=1.53t\nimages=50\nslices=50\n"
    tifffile.imwrite(tmp_path / "a.tif", noise(9, 8), description=text, metadata=None)
    with pytest.raises(FileError, match="of the 50 pages that it names some are not there"):
        open_stack(tmp_path / "a.tif")
    options = {"compression": "zlib", "description": text, "metadata": None}
    tifffile.imwrite(tmp_path / "a.tif", noise(9, 8), **options)
    with pytest.raises(FileError, match="its 50 pages lie behind one directory"):
        open_stack(tmp_path / "a.tif")


def test_other_formats_hold_one_page(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", noise(2, 9, 9), photometric="minisblack")
    stack = open_stack(tmp_path / "a.tif")
    with (
        pytest.raises(FileError, match=r"PNG cannot hold 2 pages; write \.tif instead"),
        create_stack(tmp_path / "b.png", stack),
    ):
        pass
    with pytest.raises(FileError, match="it has 2 pages; save one page by itself"):
        open_photo(tmp_path / "a.tif")


def test_a_missing_page_leaves_no_file(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", noise(2, 9, 9), photometric="minisblack")
    stack = open_stack(tmp_path / "a.tif")
    with (
        pytest.raises(FileError, match="1 of 2 pages were written"),
        create_stack(tmp_path / "b.tif", stack) as out,
    ):
        write(out, stack.page(0))
    assert [path.name for path in tmp_path.iterdir()] == ["a.tif"]


def test_a_file_that_changes_meanwhile(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", noise(2, 9, 9), photometric="minisblack")
    stack = open_stack(tmp_path / "a.tif")
    tifffile.imwrite(tmp_path / "a.tif", noise(2, 9, 10), photometric="minisblack")
    with pytest.raises(FileError, match="it changed since it was opened"):
        stack.page(1)


def test_pages_beyond_four_gigabytes_become_a_big_tiff(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", noise(2, 9, 9), photometric="minisblack")
    stack = replace(open_stack(tmp_path / "a.tif"), size=2**32)
    with create_stack(tmp_path / "b.tif", stack) as out:
        for photo in stack:
            write(out, photo)
    with tifffile.TiffFile(tmp_path / "b.tif") as tiff:
        assert tiff.is_bigtiff
        np.testing.assert_array_equal(tiff.asarray(), tifffile.imread(tmp_path / "a.tif"))


def test_lzw(tmp_path):
    pages = [Image.fromarray(noise(40, 41, seed=seed)) for seed in range(3)]
    pages[0].save(
        tmp_path / "a.tif", compression="tiff_lzw", save_all=True, append_images=pages[1:]
    )
    with Image.open(copy(tmp_path / "a.tif", tmp_path / "b.tif")) as image:
        assert image.n_frames == 3
        for number, page in enumerate(pages):
            image.seek(number)
            assert image.info["compression"] == "tiff_lzw"
            np.testing.assert_array_equal(np.asarray(image), np.asarray(page))


def test_the_channels_of_48_bits_are_no_pages(tmp_path):
    array = noise(3, 20, 24, dtype="uint16")
    text = b"ImageJ=1.54f\nimages=3\nchannels=3\nmode=composite\n"
    options = {"photometric": "rgb", "planarconfig": "separate", "description": text}
    tifffile.imwrite(tmp_path / "a.tif", array, metadata=None, **options)
    assert open_stack(tmp_path / "a.tif").shapes == ((3, 20, 24),)


def test_an_ome_file_that_names_pages_of_others(tmp_path):
    tifffile.imwrite(tmp_path / "a.ome.tif", noise(4, 20, 24), truncate=True, photometric=1)
    data = (tmp_path / "a.ome.tif").read_bytes()
    with tifffile.TiffFile(tmp_path / "a.ome.tif") as tiff:
        text, page = tiff.ome_metadata, tiff.pages[0].asarray()
    assert 'SizeZ="4"' in text or 'SizeT="4"' in text or 'SizeC="4"' in text
    options = {"description": text.encode(), "metadata": None, "photometric": 1}
    tifffile.imwrite(tmp_path / "b.tif", page, **options)
    assert len(open_stack(tmp_path / "b.tif")) == 1
    assert len(open_stack(tmp_path / "a.ome.tif")) == 4
    assert len(data) > page.size


def test_inverted_pixels_of_imagej_keep_their_numbers(tmp_path):
    array = noise(2, 12, 13, dtype="uint16")
    text = b"ImageJ=1.54f\nimages=2\n"
    options = {"photometric": "miniswhite", "description": text, "metadata": None}
    tifffile.imwrite(tmp_path / "a.tif", array, **options)
    photo = open_stack(tmp_path / "a.tif").page(0)
    assert not photo.turned
    np.testing.assert_array_equal(photo.samples.rows(0, 12)[..., 0], array[0])
    with tifffile.TiffFile(copy(tmp_path / "a.tif", tmp_path / "b.tif")) as tiff:
        np.testing.assert_array_equal(tiff.asarray(), array)
        assert tiff.pages[1].photometric == 0


def test_the_shape_in_words_goes_where_the_layout_changes(tmp_path):
    array = noise(2, 3, 20, 24)
    options = {"photometric": "rgb", "planarconfig": "separate"}
    tifffile.imwrite(tmp_path / "a.tif", array, **options)
    with tifffile.TiffFile(copy(tmp_path / "a.tif", tmp_path / "b.tif")) as tiff:
        np.testing.assert_array_equal(tiff.asarray(), array.transpose(0, 2, 3, 1))
