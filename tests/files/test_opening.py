"""What is refused and how, and what a photo tells of itself."""

import os
import socket

import numpy as np
import pytest
import tifffile
from PIL import Image
from tests.files.makers import copy, noise

from sparsight.files import FileError, open_photo


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.png", b"", "it is empty; get it again"),
        ("text.png", b"These are words and no picture.", "not a picture that can be read here"),
        ("short.png", b"\x89PN", "not a picture"),
        ("a.gif", b"GIF89a" + bytes(50), "it is a GIF; give a PNG, JPEG, TIFF or WebP file"),
        ("a.bmp", b"BM" + bytes(50), "it is a BMP"),
        ("a.heic", b"\0\0\0\x18ftypheic" + bytes(50), "a HEIF, AVIF or camera raw file"),
        ("a.psd", b"8BPS" + bytes(50), "it is a Photoshop document"),
        ("a.jpg", b"\xff\xd8\xff\xe0", "damaged or cut short"),
        ("a.tif", b"II*\0" + bytes(50), "it has no page"),
        ("a.webp", b"RIFF\0\0\0\0WEBP", "damaged or cut short"),
        (".a.png.0123.part", b"\x89PNG\r\n\x1a\n", "never finished; delete it"),
    ],
)
def test_files_that_are_no_pictures(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FileError, match=message) as caught:
        open_photo(path)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert "\n" not in text
    assert "; " in text


def test_missing_files_folders_and_pipes(tmp_path, monkeypatch):
    with pytest.raises(FileError, match="there is no such file or folder; check the name"):
        open_photo(tmp_path / "none.png")
    with pytest.raises(FileError, match="it is a folder; give the name of a picture"):
        open_photo(tmp_path)
    (tmp_path / "file").write_bytes(b"1")
    with pytest.raises(FileError, match="a part of its path is no folder"):
        open_photo(tmp_path / "file" / "a.png")
    with pytest.raises(FileError, match="the name is too long"):
        open_photo(tmp_path / ("a" * 300 + ".png"))
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(FileError, match="no regular file"):
        open_photo(tmp_path / "pipe.png")
    with socket.socket(socket.AF_UNIX) as opened:
        monkeypatch.chdir(tmp_path)
        opened.bind("s.png")
        with pytest.raises(FileError, match="no regular file"):
            open_photo("s.png")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path):
    Image.fromarray(noise(4, 5)).save(tmp_path / "a.png")
    (tmp_path / "a.png").chmod(0)
    with pytest.raises(FileError, match="the system does not permit it"):
        open_photo(tmp_path / "a.png")


def test_the_content_tells_the_format_and_not_the_name(tmp_path):
    array = noise(12, 13, 3)
    Image.fromarray(array).save(tmp_path / "a.jpg", "PNG")
    np.testing.assert_array_equal(open_photo(str(tmp_path / "a.jpg")).samples.rows(0, 12), array)


def test_rows_that_do_not_exist(tmp_path):
    Image.fromarray(noise(4, 5)).save(tmp_path / "a.png")
    photo = open_photo(tmp_path / "a.png")
    for top, bottom in ((0, 5), (-1, 2), (2, 2), (3, 1)):
        with pytest.raises(FileError, match=f"it has no rows {top} to {bottom}"):
            photo.read_rows(top, bottom)


def test_any_split_into_rows_gives_the_same_numbers(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", noise(20, 6, 3, dtype="uint16"), photometric="rgb")
    photo = open_photo(tmp_path / "a.tif")
    whole = photo.read_rows(0, 20)
    assert (whole.dtype, whole.shape) == (np.float32, (3, 20, 6))
    assert whole.flags.c_contiguous
    parts = [photo.read_rows(top, min(20, top + 7)) for top in range(0, 20, 7)]
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), whole)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_every_value_survives_the_way_through_float(tmp_path, dtype):
    count = np.iinfo(dtype).max + 1
    array = np.arange(count, dtype=dtype).reshape(-1, 256)
    tifffile.imwrite(tmp_path / "a.tif", array)
    photo = open_photo(tmp_path / "a.tif")
    rows = photo.read_rows(0, len(array))
    assert (rows.min(), rows.max()) == (0, 1)
    np.testing.assert_array_equal(tifffile.imread(copy(photo, tmp_path / "b.tif")), array)


def test_a_file_that_changes_is_noticed(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, noise(20, 6))
    photo = open_photo(path)
    tifffile.imwrite(path, noise(10, 6))
    with pytest.raises(FileError, match="it changed since it was opened"):
        photo.read_rows(0, 1)
    path.unlink()
    with pytest.raises(FileError, match="there is no such file"):
        photo.read_rows(0, 1)


class TestFloat:
    def test_values_a_little_outside_are_used_as_they_are(self, tmp_path):
        array = noise(9, 8, 3, dtype="float32") * 1.4 - 0.1
        tifffile.imwrite(tmp_path / "a.tif", array, photometric="rgb")
        photo = open_photo(tmp_path / "a.tif")
        assert photo.depth == "32-bit float"
        np.testing.assert_array_equal(photo.read_rows(0, 9), array.transpose(2, 0, 1))
        np.testing.assert_array_equal(tifffile.imread(copy(photo, tmp_path / "b.tif")), array)

    @pytest.mark.parametrize(("span", "low"), [(4000, 0), (400, -500), (10, 30_000), (1e-3, 0)])
    def test_counts_are_spread_by_their_range_and_put_back(self, tmp_path, span, low):
        array = noise(90, 80, dtype="float32") * np.float32(span) + np.float32(low)
        tifffile.imwrite(tmp_path / "a.tif", array)
        photo = open_photo(tmp_path / "a.tif")
        rows = photo.read_rows(0, 90)
        assert np.quantile(rows, (0.001, 0.999)) == pytest.approx((0, 1), abs=1e-2)
        written = tifffile.imread(copy(photo, tmp_path / "b.tif"))
        np.testing.assert_allclose(written, array, rtol=1e-6, atol=1e-6 * span)

    def test_a_hot_pixel_decides_nothing(self, tmp_path):
        array = noise(90, 80, dtype="float32") * 400
        tifffile.imwrite(tmp_path / "a.tif", array)
        array[40, 40] = 1e6
        tifffile.imwrite(tmp_path / "hot.tif", array)
        plain, hot = open_photo(tmp_path / "a.tif"), open_photo(tmp_path / "hot.tif")
        assert hot.scale == pytest.approx(plain.scale, rel=0.01)
        assert tifffile.imread(copy(hot, tmp_path / "b.tif"))[40, 40] == pytest.approx(1e6)

    @pytest.mark.parametrize("value", [0, 0.25, 5000, -5000])
    def test_one_value_everywhere(self, tmp_path, value):
        array = np.full((9, 8), value, np.float32)
        tifffile.imwrite(tmp_path / "a.tif", array)
        photo = open_photo(tmp_path / "a.tif")
        assert np.abs(photo.read_rows(0, 9)).max() <= 1
        np.testing.assert_array_equal(tifffile.imread(copy(photo, tmp_path / "b.tif")), array)

    def test_alpha_does_not_count_for_the_maximum(self, tmp_path):
        array = noise(9, 8, 4, dtype="float32")
        array[..., 3] *= 60_000
        tifffile.imwrite(tmp_path / "a.tif", array, photometric="rgb", extrasamples=["unassalpha"])
        photo = open_photo(tmp_path / "a.tif")
        assert photo.scale == 1
        np.testing.assert_array_equal(tifffile.imread(copy(photo, tmp_path / "b.tif")), array)

    @pytest.mark.parametrize(
        ("value", "compression"),
        [(np.nan, None), (np.inf, None), (-np.inf, None), (np.nan, "zlib")],
    )
    def test_numbers_that_are_none_are_refused(self, tmp_path, value, compression):
        array = noise(1200, 1000, dtype="float32")
        array[-1, -1] = value
        tifffile.imwrite(tmp_path / "a.tif", array, compression=compression)
        with pytest.raises(FileError, match="it has NaN or infinite samples; replace them"):
            open_photo(tmp_path / "a.tif")
