"""The line of variance over mean is told by an image alone."""

import pytest
import torch
from skimage import data

from sparsight.metrics import estimate_shot_noise


def scene():
    return torch.from_numpy(data.camera()[::2, ::2].copy()).double()[None] / 255


def measured(x, peak, read, offset=0.0, seed=0):
    g = torch.Generator().manual_seed(seed)
    noise = torch.randn(x.shape, generator=g, dtype=x.dtype)
    return torch.poisson(x * peak, generator=g) + read * noise + offset


@pytest.mark.parametrize(("peak", "read", "offset"), [(30, 0, 0), (100, 5, 0), (300, 4, 100)])
def test_the_noise_at_any_brightness(peak, read, offset):
    slope, start = estimate_shot_noise([measured(scene(), peak, read, offset)])
    for share in (0.2, 0.5, 0.8):
        value = share * peak + offset
        sigma = (share * peak + read**2) ** 0.5
        assert (slope * value + start) ** 0.5 == pytest.approx(sigma, rel=0.15)


def test_units_are_those_of_the_image():
    y = measured(scene(), 50, 2)
    slope, start = estimate_shot_noise([y])
    scaled, scaled_start = estimate_shot_noise([y * 8])
    assert scaled == pytest.approx(8 * slope, rel=1e-3)
    assert scaled_start == pytest.approx(64 * start, rel=1e-3, abs=1e-3)


def test_pixels_that_are_as_bright_as_can_be_say_nothing():
    y = measured(scene(), 100, 0)
    slope, start = estimate_shot_noise([y.clamp(max=70)])
    assert (slope * 40 + start) ** 0.5 == pytest.approx(40**0.5, rel=0.15)


def test_noise_that_does_not_grow():
    g = torch.Generator().manual_seed(0)
    y = scene() + 0.1 * torch.randn(scene().shape, generator=g, dtype=torch.float64)
    slope, start = estimate_shot_noise([y])
    for value in (0.1, 0.5, 0.9):
        assert (slope * value + start) ** 0.5 == pytest.approx(0.1, rel=0.15)


def test_too_few_pixels_give_no_slope():
    slope, start = estimate_shot_noise([measured(scene(), 30, 0)[:, :30, :30]])
    assert slope == 0
    assert start > 0
