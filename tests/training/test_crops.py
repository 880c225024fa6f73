"""Crops are a function of the seed and the step, and nothing else."""

import pytest
import torch
from tests.training.makers import piecewise

from sparsight.data import NoisyCrops


def crops(**changes) -> NoisyCrops:
    return NoisyCrops(
        **{"images": piecewise(), "crop": 16, "batch": 6, "sigma": (5.0, 50.0), **changes}
    )


def test_a_step_is_always_the_same_and_no_other():
    one, other = crops(), crops()
    later = other.draw(8)
    for ours, theirs in zip(one.draw(7), other.draw(7)):
        assert torch.equal(ours, theirs)
    for ours, theirs, after in zip(crops().draw(7), crops(seed=1).draw(7), later):
        assert not torch.equal(ours, theirs)
        assert not torch.equal(ours, after)


def test_drawing_leaves_the_global_generator_alone():
    before = torch.get_rng_state()
    crops().draw(0)
    assert torch.equal(before, torch.get_rng_state())


def test_noise_is_added_and_not_clipped():
    clean, noisy, sigma = crops(batch=64).draw(0)
    assert 0 <= clean.min() <= clean.max() <= 1
    assert noisy.min() < 0 < 1 < noisy.max()
    deviation = (noisy - clean).flatten(1).std(1) / sigma
    assert (deviation - 1).abs().max() < 0.2
    assert 5 / 255 <= sigma.min() < 15 / 255 < 40 / 255 < sigma.max() <= 50 / 255


def test_one_noise_level():
    assert (crops(sigma=(25.0, 25.0)).draw(3)[2] == 25 / 255).all()


def test_crops_are_turned_pieces_of_the_images():
    """A crop as large as the image is one of its eight turns; all of them occur."""
    image = torch.arange(9, dtype=torch.uint8).reshape(1, 3, 3)
    turns = [image[0].rot90(k) for k in range(4)] + [image[0].T.rot90(k) for k in range(4)]
    clean, _, _ = crops(images=[image], crop=3, batch=100).draw(0)
    seen = {
        next(i for i, turn in enumerate(turns) if torch.equal(turn / 255, crop[0]))
        for crop in clean
    }
    assert seen == set(range(8))


def test_crops_come_from_everywhere():
    ramp = torch.arange(30 * 30, dtype=torch.int64).reshape(1, 30, 30).remainder(256).byte()
    places = {tuple(crop.flatten().tolist()) for crop in crops(images=[ramp], batch=40).draw(0)[0]}
    assert len(places) > 30


def test_images_that_are_too_small():
    with pytest.raises(ValueError, match="crop is 31, the smallest image has a side of 30"):
        crops(crop=31)


@pytest.mark.parametrize("sigma", [(30.0, 20.0), (-1.0, 5.0), (5.0, 256.0)])
def test_sigmas_that_cannot_be(sigma):
    with pytest.raises(ValueError, match="give low <= high between 0 and 255"):
        crops(sigma=sigma)


def test_a_small_power_draws_every_octave_of_noise_as_often():
    sigma = 255 * torch.cat([crops(power=0.01, sigma=(5.0, 80.0)).draw(k)[2] for k in range(200)])
    shares = [((low <= sigma) & (sigma < 2 * low)).float().mean().item() for low in (5, 10, 20, 40)]
    assert max(abs(share - 0.25) for share in shares) < 0.05
    assert 5 <= sigma.min() < sigma.max() <= 80.001


@pytest.mark.parametrize(("shrunk", "untouched"), [(0.5, (70, 130)), (0.8, (20, 60)), (0.0, None)])
def test_some_of_the_crops_are_made_smaller(shrunk, untouched):
    """Stripes one pixel wide blur into grey there, and stay as they are in the others."""
    stripes = torch.tensor([0, 255], dtype=torch.uint8).repeat(1, 60, 30)
    plain = crops(images=[stripes], batch=200)
    assert set(plain.draw(0)[0].unique().tolist()) == {0, 1}
    smaller = crops(images=[stripes], batch=200, shrink=0.4, shrunk=shrunk)
    clean = smaller.draw(0)[0]
    assert clean.shape == (200, 1, 16, 16)
    contrast = clean.flatten(1).std(1)
    low, high = untouched or (199, 201)
    assert low < (contrast > 0.49).sum() < high
    assert ((contrast < 0.3).sum() > 30) == (shrunk > 0)
    assert torch.equal(clean, smaller.draw(0)[0])


def test_an_image_too_small_to_shrink_is_taken_whole():
    clean, _, _ = crops(crop=30, batch=20, shrink=0.3).draw(0)
    assert clean.shape[2:] == (30, 30)


@pytest.mark.parametrize("shrink", [0.0, 1.2])
def test_factors_that_do_not_shrink(shrink):
    with pytest.raises(ValueError, match="give a factor above 0, up to 1"):
        crops(shrink=shrink)
