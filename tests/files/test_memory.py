"""Large pictures are never held as floats, and uncompressed TIFF is not held at all."""

import tracemalloc

import numpy as np
import pytest
import tifffile
from tests.files.makers import noise

from sparsight.files import create_photo, open_photo

HEIGHT, WIDTH = 1500, 1000
MEGABYTE = 2**20


def peak_of_a_copy(source, target) -> tuple[float, float]:
    """Megabytes that numpy and Python held at most, and those of the integers of the picture."""
    tracemalloc.start()
    try:
        photo = open_photo(source)
        with create_photo(target, photo) as out:
            for top in range(0, HEIGHT, 50):
                out.write_rows(top, photo.read_rows(top, top + 50))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return peak / MEGABYTE, HEIGHT * WIDTH * photo.samples.shape[2] * 2 / MEGABYTE


@pytest.mark.parametrize("big", [False, True])
def test_uncompressed_tiff_is_copied_with_little_memory(tmp_path, big):
    array = noise(HEIGHT, WIDTH, 3, dtype="uint16")
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="rgb", bigtiff=big)
    peak, size = peak_of_a_copy(tmp_path / "a.tif", tmp_path / "b.tif")
    assert peak < 0.5 * size
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "b.tif"), array)


@pytest.mark.parametrize("ending", ["tif", "png"])
def test_compressed_files_hold_only_integers(tmp_path, ending):
    array = noise(HEIGHT, WIDTH, dtype="uint16") // 4096 * 4096
    tifffile.imwrite(tmp_path / "a.tif", array, compression="zlib")
    peak, size = peak_of_a_copy(tmp_path / "a.tif", tmp_path / f"b.{ending}")
    assert peak < 2 * size + 16


def test_the_check_of_floats_goes_strip_by_strip(tmp_path):
    array = noise(HEIGHT, WIDTH, 3, dtype="float32")
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="rgb")
    tracemalloc.start()
    try:
        open_photo(tmp_path / "a.tif")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 0.5 * array.nbytes
