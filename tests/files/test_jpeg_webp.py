"""JPEG and WebP: what is lossless stays identical, what is lossy stays close."""

import io
import struct

import numpy as np
import pytest
from PIL import Image
from tests.files.makers import copy, noise

from sparsight.files import FileError, open_photo


def close(a: np.ndarray, b: np.ndarray) -> bool:
    return float(np.abs(a.astype(float) - b).mean()) < 1.5


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_jpeg_keeps_its_channels_and_loses_little(tmp_path, mode, progressive):
    image = Image.fromarray(noise(41, 35, 3)).convert(mode)
    image.save(tmp_path / "a.jpg", quality=95, subsampling=0, progressive=progressive)
    photo = open_photo(tmp_path / "a.jpg")
    assert photo.shape == (3 if mode == "RGB" else 1, 41, 35)
    assert not photo.lossless
    with Image.open(tmp_path / "a.jpg") as image:
        before = np.asarray(image)
    with Image.open(copy(photo, tmp_path / "b.jpg")) as image:
        assert image.mode == mode
        assert close(np.asarray(image), before)
        if mode == "RGB":
            assert {layer[1:3] for layer in image.layer} == {(1, 1)}


def test_jpeg_becomes_png_with_the_very_pixels_of_its_decoder(tmp_path):
    Image.fromarray(noise(41, 35, 3)).save(tmp_path / "a.jpg")
    with (
        Image.open(tmp_path / "a.jpg") as before,
        Image.open(copy(open_photo(tmp_path / "a.jpg"), tmp_path / "b.png")) as after,
    ):
        np.testing.assert_array_equal(np.asarray(after), np.asarray(before))


def test_a_phone_picture_with_a_second_picture_behind_it_is_a_photo(tmp_path):
    first, second = (Image.fromarray(noise(40, 30, 3, seed=seed)) for seed in range(2))
    first.save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=[second])
    with Image.open(tmp_path / "a.jpg") as image:
        assert image.format == "MPO"
        expected = np.asarray(image)
    photo = open_photo(tmp_path / "a.jpg")
    np.testing.assert_array_equal(photo.samples.rows(0, 40), expected)
    with Image.open(copy(photo, tmp_path / "b.jpg")) as image:
        assert image.format == "JPEG"


@pytest.mark.parametrize("mode", ["CMYK", "YCCK"])
def test_cmyk_jpeg_is_refused(tmp_path, mode):
    Image.fromarray(noise(9, 8, 3)).convert("CMYK").save(tmp_path / "a.jpg")
    with pytest.raises(FileError, match="4 channels, as CMYK has; convert it to RGB"):
        open_photo(tmp_path / "a.jpg")


def jpeg_with_frame(height: int, width: int, bits: int = 8) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(noise(16, 16, 3)).save(buffer, "JPEG")
    data = bytearray(buffer.getvalue())
    place = data.index(b"\xff\xc0") + 4
    data[place : place + 5] = struct.pack(">BHH", bits, height, width)
    return bytes(data)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ((65_000, 65_000), "claims 65000 x 65000 pixels, more than 1000 megapixels"),
        ((30_000, 30_000), "pixels are missing"),
        ((400, 400), "pixels are missing"),
        ((0, 16), "claims 16 x 0 pixels"),
        ((16, 16, 12), "JPEG of 12 bits"),
    ],
)
def test_false_claims_of_a_jpeg_are_refused(tmp_path, frame, message):
    (tmp_path / "a.jpg").write_bytes(jpeg_with_frame(*frame))
    with pytest.raises(FileError, match=message):
        open_photo(tmp_path / "a.jpg")


def test_an_exif_block_too_long_for_jpeg_is_refused(tmp_path):
    exif = Image.Exif()
    exif[0x010E] = "x" * 70_000
    Image.fromarray(noise(9, 8, 3)).save(tmp_path / "a.png", exif=exif)
    photo = open_photo(tmp_path / "a.png")
    with pytest.raises(FileError, match=r"EXIF block has \d+ bytes and JPEG holds 65533"):
        copy(photo, tmp_path / "b.jpg")
    assert not (tmp_path / "b.jpg").exists()


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_lossless_webp_stays_identical(tmp_path, mode):
    image = Image.fromarray(noise(41, 35, len(mode)))
    image.save(tmp_path / "a.webp", lossless=True, exact=True)
    photo = open_photo(tmp_path / "a.webp")
    assert photo.lossless
    assert photo.alpha == (mode == "RGBA")
    with Image.open(copy(photo, tmp_path / "b.webp")) as after:
        assert after.mode == mode
        np.testing.assert_array_equal(np.asarray(after), np.asarray(image))
    assert open_photo(tmp_path / "b.webp").lossless


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_lossy_webp_loses_little_and_no_alpha(tmp_path, mode):
    array = noise(41, 35, len(mode))
    array[..., 3:] |= 128
    Image.fromarray(array).save(tmp_path / "a.webp", quality=90, exact=True)
    photo = open_photo(tmp_path / "a.webp")
    assert not photo.lossless
    again = open_photo(copy(photo, tmp_path / "b.webp"))
    assert not again.lossless
    before, after = photo.samples.rows(0, 41), again.samples.rows(0, 41)
    assert float(np.abs(before.astype(float) - after).mean()) < 4
    np.testing.assert_array_equal(after[..., 3:], before[..., 3:])


@pytest.mark.parametrize("channels", [1, 2])
def test_grey_becomes_lossless_colour_in_webp(tmp_path, channels):
    array = noise(20, 30, channels)
    Image.fromarray(array[..., 0] if channels == 1 else array).save(tmp_path / "a.png")
    with Image.open(copy(open_photo(tmp_path / "a.png"), tmp_path / "b.webp")) as image:
        after = np.asarray(image)
    for channel in range(3):
        np.testing.assert_array_equal(after[..., channel], array[..., 0])
    np.testing.assert_array_equal(after[..., 3:], array[..., 1:])


def test_animated_webp_is_refused(tmp_path):
    frames = [Image.fromarray(noise(9, 8, 3, seed=seed)) for seed in range(3)]
    frames[0].save(tmp_path / "a.webp", save_all=True, append_images=frames[1:])
    with pytest.raises(FileError, match="it is an animation"):
        open_photo(tmp_path / "a.webp")


def test_no_warning_and_no_limit_of_pillow_for_large_files(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    for name in ("a.webp", "a.jpg", "a.png", "a.tif"):
        Image.fromarray(noise(30, 40, 3)).save(tmp_path / name)
        assert open_photo(tmp_path / name).shape == (3, 30, 40)
    Image.fromarray(noise(30, 40) > 100).save(tmp_path / "b.tif", compression="group4")
    assert open_photo(tmp_path / "b.tif").shape == (1, 30, 40)
    Image.fromarray(noise(30, 40)).save(tmp_path / "c.tif", compression="tiff_lzw")
    assert open_photo(copy(open_photo(tmp_path / "c.tif"), tmp_path / "d.tif")).shape == (1, 30, 40)
    assert Image.MAX_IMAGE_PIXELS == 10
