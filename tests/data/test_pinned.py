"""Pinned images: the same pixels are the same set, anything else is named."""

import numpy as np
import pytest
from PIL import Image
from tests.data.makers import make_set, pin

from sparsight.data.pinned import Holding, pin_images, pinned_sets, pins_of, set_digest
from sparsight.data.sets import DATASETS


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    folder = make_set(tmp_path / "sets" / "tiny")
    pin(folder, tmp_path / "pins", monkeypatch)
    return folder


def test_the_folder_that_was_pinned_is_the_set(tiny):
    paths = Holding(tiny, pins_of("tiny")).paths()
    assert [path.name for path in paths] == ["a.png", "b.png", "c.png"]


def test_other_files_of_the_same_pixels_are_the_set(tiny):
    with Image.open(tiny / "a.png") as image:
        image.convert("RGB").save(tiny / "a.bmp")
    (tiny / "a.png").unlink()
    paths = Holding(tiny, pins_of("tiny")).paths()
    assert [path.name for path in paths] == ["a.bmp", "b.png", "c.png"]


def test_one_other_pixel_is_refused_by_name(tiny):
    with Image.open(tiny / "b.png") as image:
        image.putpixel((3, 4), 255 - image.getpixel((3, 4)))
        image.save(tiny / "b.png")
    with pytest.raises(ValueError, match=r"b\.png differs from the image that was pinned"):
        Holding(tiny, pins_of("tiny")).paths()


def test_what_is_missing_or_too_much_is_named(tiny):
    (tiny / "more.png").write_bytes((tiny / "c.png").read_bytes())
    with pytest.raises(ValueError, match=r"more\.png does not belong to the set"):
        Holding(tiny, pins_of("tiny")).paths()
    (tiny / "c.png").unlink()
    with pytest.raises(ValueError, match=r"c\.png is missing"):
        Holding(tiny, pins_of("tiny")).paths()


def test_a_digest_of_a_set_knows_its_order(tiny):
    pins = pins_of("tiny")
    assert set_digest(pins) != set_digest(pins[::-1])
    assert set_digest(pins) != set_digest(pins[:2])


def test_an_unknown_set_lists_those_there_are(tiny):
    with pytest.raises(ValueError, match="no dataset is called huge; there are tiny"):
        pins_of("huge")


def test_every_dataset_is_pinned():
    assert sorted(DATASETS) == pinned_sets()
    counts = {"BSD68": 68, "CBSD68": 68, "Set12": 12, "Kodak24": 24, "BSD400": 400, "CBSD400": 400}
    assert {name: len(pins_of(name)) for name in counts} == counts


def test_a_set_may_lie_in_several_folders():
    union = pins_of("BSD100")
    assert len(union) == 100
    assert union[:68] == pins_of("CBSD68")


def test_arrays_are_pinned_by_their_values(tmp_path):
    mask = np.eye(3, dtype=np.uint8)
    np.save(tmp_path / "a.npy", mask)
    (pin,) = pin_images(tmp_path)
    np.save(tmp_path / "b.npy", mask.astype(np.float32))
    assert pin.matches(tmp_path / "b.npy")
    np.save(tmp_path / "c.npy", mask.T[::-1])
    assert not pin.matches(tmp_path / "c.npy")
    (tmp_path / "d.npy").write_text("no array")
    with pytest.raises(ValueError, match=r"d\.npy cannot be read as an array"):
        pin.matches(tmp_path / "d.npy")


@pytest.mark.parametrize("name", ["Set5", "Set12", "classic5", "MRI_masks"])
def test_the_data_here_are_what_was_pinned(shared_data, name):
    assert Holding(shared_data / name, pins_of(name)).problem is None
