"""Crops and their reduced versions."""

import pytest
import torch

from sparsight.data import reduce_image, reduced_crops


def images() -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [
        torch.randint(256, (3, h, w), generator=generator).byte() for h, w in ((41, 60), (50, 47))
    ]


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_a_reduced_crop_is_the_crop_reduced(scale):
    """Within its border, where the crop's own neighbours do not matter."""
    crops = reduced_crops(images(), scale, crop=36, batch=8)
    clean, small, _ = crops.draw(5)
    assert clean.shape == (8, 3, 36, 36)
    inner = (..., slice(2, -2), slice(2, -2))
    wanted = torch.stack([reduce_image(crop, scale) for crop in clean])
    torch.testing.assert_close(small[inner], wanted[inner], atol=1.01 / 255, rtol=0)


def test_draws_depend_on_seed_and_step_alone():
    crops, again = (reduced_crops(images(), 2, 24, 4, seed=3) for _ in range(2))
    assert torch.equal(crops.draw(7)[1], again.draw(7)[1])
    assert not torch.equal(crops.draw(7)[0], crops.draw(8)[0])


@pytest.mark.parametrize(
    ("crop", "message"),
    [(41, "crop is 41, the smallest image has a side of 40"), (25, "give a multiple of the scale")],
)
def test_refusals(crop, message):
    with pytest.raises(ValueError, match=message):
        reduced_crops(images(), 2, crop, 4)
