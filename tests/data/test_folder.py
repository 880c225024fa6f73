"""What image files are read as."""

import numpy as np
import pytest
from PIL import Image

from sparsight.data import channels_of, image_paths, training_paths


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


def test_of_div2k_the_large_training_images_alone(tmp_path):
    for name in ("DIV2K_train_HR/0001", "DIV2K_valid_HR/0801", "DIV2K_train_LR_bicubic/X2/0001x2"):
        path = tmp_path / f"{name}.png"
        path.parent.mkdir(parents=True)
        Image.fromarray(np.zeros((4, 4), np.uint8)).save(path)
    assert training_paths(tmp_path) == [tmp_path / "DIV2K_train_HR" / "0001.png"]
    assert training_paths(tmp_path / "DIV2K_valid_HR") == image_paths(tmp_path / "DIV2K_valid_HR")
