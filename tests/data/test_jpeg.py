"""JPEG as a degradation."""

import numpy as np
import pytest
import torch
from PIL import Image
from tests.files.makers import noise
from tests.training.makers import piecewise

from sparsight.data import JpegCrops, compress, image_paths, read_luma
from sparsight.metrics import luma, psnr


def crops(**changes) -> JpegCrops:
    return JpegCrops(
        **{"images": piecewise(side=40), "crop": 16, "batch": 6, "qualities": (10, 40), **changes}
    )


@pytest.mark.parametrize(
    ("quality", "published"), [(10, 27.82), (20, 30.12), (30, 31.48), (40, 32.43)]
)
def test_classic5_as_published(shared_data, quality, published):
    """NSR table 6, the column JPEG."""
    images = [read_luma(path) for path in image_paths(shared_data / "classic5")]
    measured = [psnr(compress(x, quality) / 255, x / 255) for x in images]
    assert round(sum(measured) / 5, 2) == published


def test_colour_becomes_luma_of_studio_range(tmp_path):
    array = noise(20, 30, 3)
    Image.fromarray(array).save(tmp_path / "a.png")
    x = torch.from_numpy(array).permute(2, 0, 1) / 255
    assert torch.equal(read_luma(tmp_path / "a.png") / 255, luma(x))
    for grey, wanted in ((0, 16), (255, 235)):
        Image.fromarray(np.full((8, 8, 3), grey, np.uint8)).save(tmp_path / "b.png")
        assert (read_luma(tmp_path / "b.png") == wanted).all()


def test_grey_files_stay_as_they_are(tmp_path):
    Image.fromarray(noise(20, 30)).save(tmp_path / "a.png")
    assert torch.equal(read_luma(tmp_path / "a.png")[0], torch.from_numpy(noise(20, 30)))


def test_steps_are_a_function_of_the_seed():
    for ours, theirs in zip(crops().draw(7), crops().draw(7)):
        assert torch.equal(ours, theirs)
    assert not torch.equal(crops().draw(7)[0], crops().draw(8)[0])
    assert not torch.equal(crops().draw(7)[0], crops(seed=1).draw(7)[0])


def test_all_qualities_are_drawn_and_told():
    _, _, level = crops(batch=200, qualities=range(10, 41)).draw(0)
    assert {round(100 * x) for x in level.tolist()} == set(range(10, 41))


def test_the_worse_the_quality_the_further_from_clean():
    errors = []
    for quality in (90, 40, 10):
        clean, compressed, level = crops(batch=40, qualities=[quality]).draw(0)
        torch.testing.assert_close(level, torch.full((40,), quality / 100))
        errors.append((clean - compressed).square().mean())
    assert errors == sorted(errors)


def test_blocks_begin_anywhere_in_a_crop():
    """At quality 1 blocks are flat or nearly: steps between them show where they begin."""
    generator = torch.Generator().manual_seed(0)
    image = torch.randint(256, (1, 80, 80), generator=generator).byte()
    _, compressed, _ = crops(images=[image], batch=100, qualities=[1]).draw(0)
    steps = compressed.diff(dim=3).abs().mean((1, 2))
    places = {int(row.argmax()) % 8 for row in steps}
    assert len(places) == 8


def test_a_crop_of_a_whole_small_image():
    image = torch.arange(256, dtype=torch.uint8).reshape(1, 16, 16)
    clean, compressed, _ = crops(images=[image], batch=8, qualities=[50]).draw(0)
    for one, other in zip(clean, compressed):
        expected = compress((255 * one).round().byte(), 50) / 255
        torch.testing.assert_close(other, expected)


def test_a_whole_image_gets_the_middle_quality():
    image = piecewise(side=40)[0]
    observed, level = crops(qualities=(40, 10, 20))(image / 255, 0)
    assert torch.equal(observed, compress(image, 20) / 255)
    assert level == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"crop": 41}, "crop is 41, the smallest image has a side of 40"),
        ({"qualities": ()}, "qualities are none"),
        ({"qualities": (0, 10)}, "quality is 0; give a JPEG quality between 1 and 100"),
    ],
)
def test_refusals(changes, message):
    with pytest.raises(ValueError, match=message):
        crops(**changes)
