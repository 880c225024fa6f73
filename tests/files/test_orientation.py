"""Orientation: Pillow is the judge of what is shown."""

import numpy as np
import pytest
from PIL import Image, ImageOps
from tests.files.makers import noise

from sparsight.files import as_shown, as_stored, open_photo, size_shown


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", ["jpg", "png", "tif", "webp"])
def test_what_a_viewer_shows_and_back(tmp_path, ending, orientation):
    exif = Image.Exif()
    exif[274] = orientation
    path = tmp_path / f"a.{ending}"
    Image.fromarray(noise(11, 14, 3)).save(path, exif=exif)
    photo = open_photo(path)
    assert photo.orientation == orientation
    stored = photo.read_rows(0, 11)
    with Image.open(path) as image:
        expected = np.asarray(ImageOps.exif_transpose(image)).transpose(2, 0, 1)
    shown = as_shown(stored, orientation)
    assert size_shown((11, 14), orientation) == shown.shape[1:]
    np.testing.assert_array_equal((255 * shown).round(), expected)
    np.testing.assert_array_equal(as_stored(shown, orientation), stored)


@pytest.mark.parametrize("said", [0, 9, 60_000])
def test_an_orientation_that_means_nothing_turns_nothing(tmp_path, said):
    exif = Image.Exif()
    exif[274] = said
    Image.fromarray(noise(5, 6)).save(tmp_path / "a.png", exif=exif)
    assert open_photo(tmp_path / "a.png").orientation == 1
    Image.fromarray(noise(5, 6)).save(tmp_path / "b.png")
    assert open_photo(tmp_path / "b.png").orientation == 1
