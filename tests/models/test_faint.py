"""Noise fainter than a model was trained for: what it changes counts as far as it can be noise."""

import pytest
import torch
from skimage import data

from sparsight.metrics import psnr
from sparsight.models import Denoiser, Tiled
from sparsight.models.faint import REACH, share_of, within_noise
from sparsight.networks import Enhancer, plain
from sparsight.recipes import bind
from sparsight.zoo import load_denoiser

LOWEST, FAINT = 20 / 255, 0.1 / 255


def rand(*shape: int) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(0))


def codes(lowest: float) -> Denoiser:
    torch.manual_seed(0)
    numbers = ["atoms=16", "depth=2", "patch=5", "sigma_low=5", "sigma_high=55", "levels=2"]
    return Denoiser(bind("sc-gray", numbers).model().eval(), 16, lowest=lowest)


def network(lowest: float) -> Tiled:
    torch.manual_seed(0)
    return Tiled(Enhancer(1, 1, 8, 1, plain).eval(), 8, lowest=lowest)


def pixels(lowest: float) -> Denoiser:
    return Denoiser(bind("tv-gray", ["depth=2"]).model().eval(), 16, 2, lowest=lowest)


each = pytest.mark.parametrize("make", [codes, network, pixels])


@each
@pytest.mark.parametrize("channels", [1, 3])
def test_strips_are_the_image(make, channels):
    y, model = rand(channels, 75, 30), make(LOWEST)
    strips = list(model.strips(lambda a, b: y[:, a:b], tuple(y.shape), FAINT))
    tops = [top for top, _ in strips]
    assert tops == [0, *(top + rows.shape[1] for top, rows in strips[:-1])]
    joined = torch.cat([rows for _, rows in strips], 1)
    assert torch.equal(joined, model(y[None], FAINT)[0])
    assert not torch.equal(joined, make(0.0)(y[None], FAINT)[0])


@each
def test_nothing_changes_from_the_lowest_level_up(make):
    y = rand(2, 1, 40, 30)
    for sigma in (LOWEST, 1.5 * LOWEST):
        assert torch.equal(make(LOWEST)(y, sigma), make(0.0)(y, sigma))
    levels = torch.tensor([FAINT, 1.5 * LOWEST])
    some, none = make(LOWEST)(y, levels), make(0.0)(y, levels)
    assert not torch.equal(some[0], none[0])
    torch.testing.assert_close(some[1], none[1], atol=1e-6, rtol=0)


def test_gaps_stay_as_they_were_filled():
    y = rand(1, 1, 40, 30)
    y[0, 0, 20, 15] = torch.nan
    filled = codes(LOWEST)(y, FAINT, gaps=True)
    assert filled.isfinite().all()
    assert filled[0, 0, 20, 15] == codes(0.0)(y, FAINT, gaps=True)[0, 0, 20, 15]
    with pytest.raises(ValueError, match="gaps is True; this model is one of pixels"):
        pixels(LOWEST)(y, FAINT, gaps=True)


@each
def test_without_noise_the_image_stays(make):
    y = rand(1, 1, 40, 30)
    assert torch.equal(make(LOWEST)(y, 0.0), y)


@pytest.mark.parametrize("height", [1, 5, 40])
def test_what_counts_is_what_the_formula_says(height):
    y, change = rand(1, 1, height, 30).double(), rand(1, 3, height, 30).double()
    sigma = torch.tensor([LOWEST / 2]).double()
    allowed = 1 / (sigma**-2 - LOWEST**-2)
    expected = torch.empty_like(y)
    for row in range(height):
        for column in range(30):
            rows = slice(max(0, row - REACH), row + REACH + 1)
            columns = slice(max(0, column - REACH), column + REACH + 1)
            mean = change[..., rows, columns].square().mean()
            expected[..., row, column] = min(1, allowed / mean) ** 2
    share = share_of(change, allowed[:, None, None, None])
    torch.testing.assert_close(share, expected)
    cut = [0, *(n for n in (3, 4, 25, 26) if n < height), height]
    strips = ((a, (y + change)[:, :, a:b]) for a, b in zip(cut[:-1], cut[1:], strict=True))
    out = within_noise(strips, lambda a, b: y[:, :, a:b], height, sigma, LOWEST)
    joined = torch.cat([rows for _, rows in out], 2)
    torch.testing.assert_close(joined, y + expected * change)


@pytest.mark.parametrize("sigma", [0.5, 1, 2])
@pytest.mark.parametrize("name", ["sc-gray", "csr-gray", "nsr-denoise-gray", "sc-gray-25"])
def test_photographs_with_faint_noise_are_hardly_made_worse(name, sigma):
    """All that the models change would lose up to ten decibels here."""
    x = torch.tensor(data.camera()[100:260, 180:340])[None] / 255
    y = x + sigma / 255 * torch.randn(x.shape, generator=torch.Generator().manual_seed(0))
    restored = load_denoiser(name)(y[None], sigma / 255)[0]
    assert psnr(restored, x) > psnr(y, x) - 0.5
