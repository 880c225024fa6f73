"""Filters on whole images as a model."""

import pytest
import torch

from sparsight.models import Denoiser
from sparsight.ops import analyse, solve_convolved
from sparsight.penalties.convolved import UNIT
from sparsight.recipes.blorc import blorc_convolved


def noisy(height: int, width: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    row = torch.arange(height)[:, None] * torch.ones(width)
    image = (row > height / 2).float() * 0.6 + 0.2
    return (image + 0.1 * torch.randn(height, width, generator=generator))[None, None]


def test_it_is_one_solve_of_the_mirrored_image():
    model, y = blorc_convolved(side=3).eval(), noisy(20, 18)
    mirrored = torch.nn.functional.pad(y, [2] * 4, mode="reflect")
    strength = UNIT * model.prior.strength.values[..., None, None]
    x = solve_convolved(mirrored, model.prior.filters.detach(), strength, 0.05, 200).x
    with torch.no_grad():
        torch.testing.assert_close(model(y), x[:, :, 2:-2, 2:-2])


def test_filters_begin_without_the_mean():
    model = blorc_convolved(side=4)
    flat = torch.full((1, 1, 8, 8), 0.3)
    assert len(model.prior.filters) == 15
    assert analyse(flat, model.prior.filters.detach()).abs().max() < 1e-6


def test_near_enough_without_gradients():
    model, y = blorc_convolved(side=3), noisy(24, 24)
    with torch.no_grad():
        quick = model(y)
    exact = model(y).detach()
    assert 0 < (quick - exact).square().mean().sqrt() < 2e-3


def test_gradients_reach_filters_strengths_and_image():
    model, y = blorc_convolved(side=3), noisy(20, 20).requires_grad_()
    (model(y) - 0.5).square().sum().backward()
    for gradient in (model.prior.filters.grad, model.prior.strength.values.grad, y.grad):
        assert gradient.isfinite().all()
        assert gradient.abs().max() > 0


def test_strengths_follow_the_noise_level():
    model, y = blorc_convolved(side=3, levels=2, sigma_low=5.0), noisy(20, 20)
    with torch.no_grad():
        single, double = (model(y / part, torch.tensor([0.2 / part])) for part in (2, 1))
    torch.testing.assert_close(double, 2 * single, atol=1e-5, rtol=0)


@pytest.mark.parametrize("channels", [1, 3])
def test_blocks_are_the_whole_image(channels):
    model, y = blorc_convolved(side=3).eval(), noisy(70, 60).expand(-1, channels, -1, -1)
    reach = model.prior.reach
    whole, cut = (Denoiser(model, side + 2 * reach, reach)(y) for side in (128, 32))
    assert (whole - cut).abs().max() < 0.01
    assert (whole - cut).square().mean().sqrt() < 1e-3
