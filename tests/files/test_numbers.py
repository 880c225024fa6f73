"""TIFFs of numbers other than 8 and 16 bits: signed, of 32 bits, half and double floats."""

import numpy as np
import pytest
import tifffile
from tests.files.makers import copy, noise

from sparsight.files import FileError, create_photo, open_photo


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize(
    "dtype", ["int8", "int16", "int32", "uint32", "float16", "float64", ">i2", ">u4", ">f8"]
)
def test_other_kinds_of_numbers_come_out_as_they_were(tmp_path, dtype, compression):
    array = (noise(40, 37, dtype="float32") * 200 - 100).astype(dtype)
    if np.dtype(dtype).kind == "u":
        array = (noise(40, 37, dtype="float32") * 4e6).astype(dtype)
    predictor = 2 if compression and array.dtype.kind != "f" else None
    options = {"compression": compression, "predictor": predictor}
    tifffile.imwrite(tmp_path / "a.tif", array, metadata=None, **options)
    photo = open_photo(tmp_path / "a.tif")
    rows = photo.read_rows(0, 40)
    assert rows.dtype == np.float32
    assert abs(np.quantile(rows, 0.5) - 0.5) < 0.4
    assert -0.2 < rows.min() < 0.1 < 0.9 < rows.max() < 1.2
    restored = tifffile.imread(copy(photo, tmp_path / "b.tif"))
    assert restored.dtype == array.dtype.newbyteorder("=")
    small = 1e-6 * float(np.ptp(array.astype(float)))
    np.testing.assert_allclose(restored.astype(float), array.astype(float), atol=small, rtol=2e-3)
    if array.dtype.kind != "f" and array.dtype.itemsize < 4:
        np.testing.assert_array_equal(restored, array)


def test_what_goes_beyond_the_numbers_of_a_file_stops_there(tmp_path):
    array = np.full((20, 20), 32767, np.int16)
    array[:10] = -32768
    tifffile.imwrite(tmp_path / "a.tif", array, metadata=None)
    photo = open_photo(tmp_path / "a.tif")
    with create_photo(tmp_path / "b.tif", photo) as out:
        out.write_rows(0, photo.read_rows(0, 20) * 1.5 - 0.25)
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "b.tif"), array)


@pytest.mark.parametrize(
    ("factor", "dtype", "message"),
    [
        (1e-320, "float64", "its values span .* alone; multiply them"),
        (1e300, "float64", "it has values from .* to .*; divide them"),
        (3e38, "float32", "it has values from .* to .*; divide them"),
    ],
)
def test_values_that_cannot_be_computed_with(tmp_path, factor, dtype, message):
    array = (noise(20, 20, dtype="float32").astype(float) - 0.2) * factor
    tifffile.imwrite(tmp_path / "a.tif", array.astype(dtype), metadata=None)
    with pytest.raises(FileError, match=message):
        open_photo(tmp_path / "a.tif")
