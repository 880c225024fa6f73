"""What image files are read as."""

import numpy as np
import pytest
import tifffile
from PIL import Image

from sparsight.data import (
    benchmark_paths,
    channels_of,
    image_paths,
    read_grey,
    read_image,
    training_paths,
)


@pytest.mark.parametrize(
    ("mode", "channels"), [("L", 1), ("1", 1), ("I;16", 1), ("RGB", 3), ("P", 3), ("RGBA", 3)]
)
def test_channels_are_those_of_the_file(tmp_path, mode, channels):
    Image.new(mode, (4, 5)).save(tmp_path / "a.png")
    assert channels_of(tmp_path / "a.png") == channels


@pytest.mark.parametrize(
    ("name", "white", "dtype"),
    [("a.png", 65535, np.uint16), ("a.tif", 65535, np.uint16), ("a.tif", 1, np.float32)],
)
@pytest.mark.parametrize("channels", [1, 3])
def test_deep_images_are_scaled_not_cut_off(tmp_path, name, white, dtype, channels):
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    deep = grey / 255 * white
    Image.fromarray(deep.astype(dtype)).save(tmp_path / name)
    found = read_image(tmp_path / name, channels).numpy()
    np.testing.assert_array_equal(found, np.broadcast_to(grey, (channels, 16, 16)))
    np.testing.assert_allclose(read_grey(tmp_path / name), deep.astype(dtype) / white, atol=1e-7)


def test_floats_beyond_white_are_refused(tmp_path):
    Image.fromarray(np.full((4, 4), 200, np.float32)).save(tmp_path / "a.tif")
    with pytest.raises(ValueError, match="holds numbers beyond 0 to 1; save it with 8 or 16 bits"):
        read_image(tmp_path / "a.tif", 1)


def test_numbers_that_are_none_are_refused(tmp_path):
    pixels = np.full((4, 4), 0.5, np.float32)
    pixels[1, 2] = np.nan
    Image.fromarray(pixels).save(tmp_path / "a.tif")
    with pytest.raises(ValueError, match=r"a.tif holds NaN or infinite numbers"):
        read_image(tmp_path / "a.tif", 1)


def test_no_page_is_left_out_unsaid(tmp_path):
    pages = [Image.fromarray(np.full((4, 4), grey, np.uint8)) for grey in (1, 2, 3)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    with pytest.raises(ValueError, match=r"a.tif has 3 pages; save each by itself"):
        read_image(tmp_path / "a.tif", 1)


@pytest.mark.parametrize("dtype", ["int8", "int16"])
def test_integers_with_a_sign_are_refused(tmp_path, dtype):
    tifffile.imwrite(tmp_path / "a.tif", np.full((9, 9), -3, dtype), metadata=None)
    with pytest.raises(ValueError, match=r"a\.tif holds integers with a sign"):
        read_image(tmp_path / "a.tif", 1)


def test_colours_that_cannot_be_converted_name_their_file(tmp_path):
    Image.new("LAB", (4, 4)).save(tmp_path / "a.tif")
    with pytest.raises(ValueError, match=r"a.tif: its pixels are LAB; convert it to RGB or grey"):
        read_image(tmp_path / "a.tif", 1)


def test_integers_of_32_bits_are_refused(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.full((4, 4), 200, np.uint32), metadata=None)
    with pytest.raises(ValueError, match="holds integers of 32 bits; save it with 8 or 16"):
        read_image(tmp_path / "a.tif", 1)


def test_what_is_no_image(tmp_path):
    (tmp_path / "a.png").write_text("no image")
    with pytest.raises(ValueError, match="cannot be read as an image"):
        channels_of(tmp_path / "a.png")


def test_of_div2k_the_large_training_images_alone(tmp_path):
    for name in ("DIV2K_train_HR/0001", "DIV2K_valid_HR/0801", "DIV2K_train_LR_bicubic/X2/0001x2"):
        path = tmp_path / f"{name}.png"
        path.parent.mkdir(parents=True)
        Image.fromarray(np.zeros((4, 4), np.uint8)).save(path)
    assert training_paths(tmp_path) == [tmp_path / "DIV2K_train_HR" / "0001.png"]
    assert training_paths(tmp_path / "DIV2K_valid_HR") == image_paths(tmp_path / "DIV2K_valid_HR")


def test_hidden_files_and_folders_are_passed_over(tmp_path):
    for name in ("a.png", ".cache/b.png", "._a.png", "c.png/d.png"):
        path = tmp_path / ".photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.zeros((4, 4), np.uint8)).save(path, "png")
    found = image_paths(tmp_path / ".photos")
    assert [path.relative_to(tmp_path / ".photos").as_posix() for path in found] == [
        "a.png",
        "c.png/d.png",
    ]


def test_a_benchmark_names_at_once_what_is_no_image(tmp_path):
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_text("no image")
    assert benchmark_paths(tmp_path, 1) == [tmp_path / "a.png"]
    with pytest.raises(ValueError, match=r"b\.png cannot be read as an image; take it out"):
        benchmark_paths(tmp_path)
