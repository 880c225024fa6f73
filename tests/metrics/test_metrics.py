"""Noise estimates and quality measures."""

import math

import pytest
import torch
from skimage import data, metrics

from sparsight.metrics import (
    channel_psnr,
    estimate_sigma,
    luma,
    luma_psnr,
    psnr,
    ssim,
    uniform_ssim,
)
from sparsight.metrics.noise import SIDE, roughest_of_noise, roughness_of


def photograph(size=256):
    return torch.from_numpy(data.camera()[:size, :size].copy())[None].float() / 255


def noise(like, seed=0):
    return torch.randn(like.shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("sigma", [2, 5, 10, 25, 50])
def test_noise_of_a_photograph_is_found(sigma):
    noisy = photograph() + sigma / 255 * noise(photograph())
    assert 255 * estimate_sigma(noisy) == pytest.approx(sigma, abs=0.2, rel=0.04)


@pytest.mark.parametrize("sigma", [5, 15])
@pytest.mark.parametrize("gain", [1.0, 1.6])
def test_noise_cut_off_by_black_and_white_is_found(sigma, gain):
    noisy = gain * photograph() + sigma / 255 * noise(photograph())
    cut = (noisy.clamp(0, 1) * 255).round() / 255
    assert 255 * estimate_sigma(cut) == pytest.approx(sigma, rel=0.06)


@pytest.mark.parametrize("size", [20, 40, 64, 76, 78, 100, 128, 200, 300])
def test_noise_of_noise_is_found(size):
    """However few patches there are: the least of few deviations is less than that of many."""
    nothing = torch.full((3, size, size), 0.5)
    off = 0.15 if size < 40 else 0.06
    assert estimate_sigma(nothing + 0.1 * noise(nothing)) == pytest.approx(0.1, rel=off)
    assert estimate_sigma(nothing) == 0


def test_roughness_of_noise_has_its_quantile():
    field = noise(torch.empty(1, 2000, 2000)).double()
    rough = roughness_of(field, SIDE)[::SIDE, ::SIDE]
    limit = roughest_of_noise(SIDE)
    patch = field[0, 21:28, 35:42]
    assert rough[3, 5] == pytest.approx(
        float(patch.diff(dim=0).square().sum() + patch.diff(dim=1).square().sum())
    )
    assert (rough > limit).double().mean() < 1e-4
    assert (rough > 0.8 * limit).double().mean() > 1e-4


def test_psnr_by_its_formula_and_clipped():
    clean, noisy = photograph(), photograph() + 0.2 * noise(photograph())
    error = (noisy.clamp(0, 1) - clean).square().mean().item()
    assert psnr(noisy, clean) == pytest.approx(-10 * math.log10(error), abs=1e-3)


def test_psnr_by_channels_is_the_mean_of_logarithms():
    clean = photograph().expand(3, -1, -1)
    sigma = torch.tensor([0.01, 0.1, 0.02])[:, None, None]
    noisy = clean + sigma * noise(clean)
    errors = (noisy.clamp(0, 1) - clean).square().mean((1, 2))
    found = channel_psnr(noisy, clean)
    assert found == pytest.approx(-10 * errors.log10().mean().item(), abs=1e-3)
    assert found > psnr(noisy, clean) + 1
    assert channel_psnr(noisy[:1], clean[:1]) == pytest.approx(psnr(noisy[:1], clean[:1]))


def test_ssim_in_uniform_windows_is_of_samples_of_49():
    clean, noisy = photograph(), (photograph() + 0.1 * noise(photograph())).clamp(0, 1)
    windows = [x[0].double().unfold(0, 7, 1).unfold(1, 7, 1).flatten(2) for x in (clean, noisy)]
    (x, y), (a, b) = windows, [window.mean(2) for window in windows]
    covariance = ((x - a[..., None]) * (y - b[..., None])).sum(2) / 48
    spread = x.var(2) + y.var(2)
    expected = (2 * a * b + 1e-4) * (2 * covariance + 9e-4)
    expected = expected / ((a**2 + b**2 + 1e-4) * (spread + 9e-4))
    assert uniform_ssim(noisy, clean) == pytest.approx(expected.mean().item(), abs=1e-4)
    assert uniform_ssim(clean, clean) == pytest.approx(1)


def test_ssim_is_the_gaussian_one_on_valid_pixels():
    clean, noisy = photograph(), (photograph() + 0.1 * noise(photograph())).clamp(0, 1)
    _, full = metrics.structural_similarity(
        clean[0].double().numpy(),
        noisy[0].double().numpy(),
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=1.0,
        full=True,
    )
    assert ssim(noisy, clean) == pytest.approx(full[5:-5, 5:-5].mean(), abs=2e-3)


@pytest.mark.parametrize("border", [0, 2])
def test_psnr_of_luma_leaves_a_border_out(border):
    clean, restored = torch.zeros(1, 8, 9), torch.zeros(1, 8, 9)
    restored[0, 3, 4], restored[0, 0, 0] = 51 / 255, 1
    wrong, count = (1.04, 72) if border == 0 else (0.04, 20)
    expected = -10 * math.log10(wrong / count)
    assert luma_psnr(restored, clean, border) == pytest.approx(expected, abs=1e-4)


def test_luma_of_white_black_and_grey():
    white, black = torch.ones(3, 4, 5), torch.zeros(3, 4, 5)
    torch.testing.assert_close(luma(white) * 255, torch.full((1, 4, 5), 235.0))
    torch.testing.assert_close(luma(black) * 255, torch.full((1, 4, 5), 16.0))
    red = torch.stack([white[0], black[0], black[0]])
    torch.testing.assert_close(luma(red) * 255, torch.full((1, 4, 5), 81.0))
    grey = torch.full((1, 4, 5), 100 / 255)
    torch.testing.assert_close(luma(grey), grey)
