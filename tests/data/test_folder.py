"""What image files are read as."""

import pytest
from PIL import Image

from sparsight.data import channels_of


@pytest.mark.parametrize(
    ("mode", "channels"), [("L", 1), ("1", 1), ("I;16", 1), ("RGB", 3), ("P", 3), ("RGBA", 3)]
)
def test_channels_are_those_of_the_file(tmp_path, mode, channels):
    Image.new(mode, (4, 5)).save(tmp_path / "a.png")
    assert channels_of(tmp_path / "a.png") == channels


def test_what_is_no_image(tmp_path):
    (tmp_path / "a.png").write_text("no image")
    with pytest.raises(ValueError, match="cannot be read as an image"):
        channels_of(tmp_path / "a.png")
