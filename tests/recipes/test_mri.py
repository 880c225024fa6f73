"""Recipes of compressed-sensing MRI."""

import pytest
import torch

from sparsight.data import undersample
from sparsight.recipes import bind

SMALL = {
    "mri-tv": ["depth=8"],
    "mri-sc": ["atoms=24", "depth=4", "patch=5"],
    "mri-sc-variance": ["atoms=24", "depth=4", "patch=4", "stride=2"],
}


def scan() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Clean rectangles, a part of their frequencies, and its share."""
    clean = torch.zeros(1, 20, 20)
    clean[:, 4:15, 6:18] = 0.5
    clean[:, 8:12, 8:12] = 1
    keep = torch.rand(20, 20, generator=torch.Generator().manual_seed(0)) < 0.4
    keep[:3, :3] = True
    y, rate = undersample(clean, keep.float()[None])
    return clean[None], y[None], rate[None]


@pytest.mark.parametrize("name", SMALL)
def test_every_number_is_used(name):
    clean, y, rate = scan()
    model = bind(name, SMALL[name]).model()
    (model(y, rate) - clean).square().sum().backward()
    for parameter, values in model.named_parameters():
        assert values.grad is not None, parameter
        assert values.grad.abs().sum() > 0, parameter


@pytest.mark.parametrize("moves", [1, 2])
def test_untrained_total_variation_betters_zero_filling(moves):
    clean, y, rate = scan()
    model = bind("mri-tv", [f"moves={moves}"]).model()
    with torch.no_grad():
        error = (model(y, rate) - clean).square().mean()
    before = (torch.fft.ifft2(y, norm="ortho").real - clean).square().mean()
    assert error < 0.7 * before


def test_numbers_of_a_rate():
    """Ten a move, as in denoising: eight weights, a Moreau parameter, a step size."""
    count = sum(values.numel() for values in bind("mri-tv", ["moves=1"]).model().parameters())
    assert count == 4 * 24 * (8 + 1 + 1)
    count = sum(values.numel() for values in bind("mri-sc").model().parameters())
    assert count == 3 * 81 * 256 + 4 * 24 * 256


def test_refusals():
    with pytest.raises(ValueError, match="moves is 3; give 1 for gradient"):
        bind("mri-tv", ["moves=3"]).model()
    with pytest.raises(ValueError, match="levels is 1 for rates 20 to 50"):
        bind("mri-tv", ["levels=1"]).model()
    with pytest.raises(ValueError, match="rate_low is 0, rate_high 50; give 0 < low"):
        bind("mri-sc", ["rate_low=0"]).model()
