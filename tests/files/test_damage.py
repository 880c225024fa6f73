"""Cut and corrupted files of every format: a whole picture or a FileError, nothing between."""

import numpy as np
import pytest
import tifffile
from PIL import Image
from tests.files.makers import exif_block, icc_profile, noise, png

from sparsight.files import FileError, open_photo


def write_all(folder) -> list:
    rgb, grey16 = noise(48, 40, 3), noise(48, 40, dtype="uint16")
    image, exif, icc = Image.fromarray(rgb), exif_block(), icc_profile()
    (folder / "16bit.png").write_bytes(png(noise(30, 20, 3, dtype="uint16")))
    image.save(folder / "pillow.png", exif=exif, icc_profile=icc)
    image.quantize(16).save(folder / "palette.png")
    (folder / "interlaced.png").write_bytes(png(noise(30, 20, 4), interlaced=True))
    image.save(folder / "a.jpg", exif=b"Exif\0\0" + exif, icc_profile=icc)
    image.save(folder / "progressive.jpg", progressive=True)
    image.convert("L").save(folder / "grey.jpg", quality=30)
    image.save(folder / "lossless.webp", lossless=True, exif=exif, icc_profile=icc)
    image.save(folder / "lossy.webp")
    Image.fromarray(noise(48, 40, 4)).save(folder / "alpha.webp")
    tifffile.imwrite(folder / "plain.tif", grey16)
    tifffile.imwrite(folder / "big.tif", rgb, photometric="rgb", bigtiff=True, byteorder=">")
    tifffile.imwrite(folder / "float.tif", noise(48, 40, dtype="float32"), compression="zlib")
    tifffile.imwrite(
        folder / "tiles.tif", rgb, photometric="rgb", compression="zlib", tile=(16, 16), predictor=2
    )
    image.save(folder / "lzw.tif", compression="tiff_lzw", exif=image.getexif(), icc_profile=icc)
    image.save(folder / "packbits.tif", compression="packbits")
    image.save(folder / "jpeg.tif", compression="jpeg")
    image.quantize(16).save(folder / "palette.tif")
    image.convert("1").save(folder / "group4.tif", compression="group4")
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_all(tmp_path_factory.mktemp("whole"))


def try_open(path) -> np.ndarray | None:
    """The samples, or None for a FileError on one line; any other exception escapes."""
    try:
        photo = open_photo(path)
        photo.read_rows(0, photo.shape[1])
        return photo.samples.rows(0, photo.shape[1])
    except FileError as error:
        return None if "\n" not in str(error) else pytest.fail(f"several lines: {error}")


def test_a_cut_file_is_never_a_partial_picture(files, tmp_path, capfd):
    for path in files:
        whole, data = try_open(path), path.read_bytes()
        assert whole is not None, path
        near_the_end = range(len(data) - 12, len(data))
        for length in {*range(0, len(data), max(1, len(data) // 40)), *near_the_end}:
            cut = tmp_path / path.name
            cut.write_bytes(data[:length])
            got = try_open(cut)
            assert got is None or np.array_equal(got, whole), (path.name, length, len(data))
            if path.suffix != ".tif":
                assert got is None, (path.name, length, len(data))
    capfd.readouterr()


def test_a_file_whose_end_was_never_written_is_refused(files, tmp_path, capfd):
    for path in files:
        data = path.read_bytes()
        (tmp_path / path.name).write_bytes(data[: len(data) // 2] + bytes(len(data) // 2))
        got = try_open(tmp_path / path.name)
        if path.suffix in (".png", ".jpg") or path.name in ("float.tif", "tiles.tif"):
            assert got is None, path.name
    capfd.readouterr()


@pytest.mark.parametrize("seed", range(4))
def test_random_corruptions_raise_nothing_but_file_error(files, tmp_path, seed, capfd):
    rng = np.random.default_rng(seed)
    for path in files:
        original = np.frombuffer(path.read_bytes(), np.uint8)
        for _ in range(12):
            data = original.copy()
            reach = len(data) if rng.random() < 0.4 else min(len(data), 200)
            start = len(data) - reach if path.suffix == ".tif" and rng.random() < 0.5 else 0
            places = start + rng.integers(0, reach, rng.integers(1, 6))
            data[places] = rng.choice([0, 1, 127, 128, 255, rng.integers(256)], len(places))
            (tmp_path / path.name).write_bytes(data.tobytes())
            try_open(tmp_path / path.name)
    capfd.readouterr()


@pytest.mark.parametrize("name", ["pillow.png", "16bit.png", "palette.png", "interlaced.png"])
def test_no_changed_byte_of_a_png_goes_unnoticed(files, tmp_path, name):
    (path,) = (path for path in files if path.name == name)
    data = bytearray(path.read_bytes())
    for place in range(8, len(data), max(1, len(data) // 60)):
        data[place] ^= 16
        (tmp_path / name).write_bytes(data)
        assert try_open(tmp_path / name) is None, place
        data[place] ^= 16


def test_random_bytes_behind_each_signature(tmp_path, capfd):
    rng = np.random.default_rng(0)
    heads = [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08"]
    heads += [b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0", b"RIFF\x40\0\0\0WEBPVP8L", b"\xff\xd8\xff\xda"]
    for head in heads:
        for size in (0, 1, 7, 64, 300):
            body = rng.integers(0, 256 if size % 2 else 4, size, dtype=np.uint8).tobytes()
            (tmp_path / "a").write_bytes(head + body)
            assert try_open(tmp_path / "a") is None
    capfd.readouterr()
