"""Noise estimates and quality measures."""

import math

import pytest
import torch
from skimage import data, metrics

from sparsight.metrics import estimate_sigma, luma, psnr, ssim


def photograph(size=256):
    return torch.from_numpy(data.camera()[:size, :size].copy())[None].float() / 255


def noise(like, seed=0):
    return torch.randn(like.shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("sigma", [10, 25, 50])
def test_noise_of_a_photograph_is_found(sigma):
    noisy = photograph() + sigma / 255 * noise(photograph())
    assert 255 * estimate_sigma(noisy) == pytest.approx(sigma, abs=1.5)


def test_noise_of_noise_is_found():
    assert estimate_sigma(0.3 * noise(torch.empty(3, 100, 100))) == pytest.approx(0.3, rel=0.05)


def test_psnr_by_its_formula_and_clipped():
    clean, noisy = photograph(), photograph() + 0.2 * noise(photograph())
    error = (noisy.clamp(0, 1) - clean).square().mean().item()
    assert psnr(noisy, clean) == pytest.approx(-10 * math.log10(error), abs=1e-3)


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


def test_luma_of_white_black_and_grey():
    white, black = torch.ones(3, 4, 5), torch.zeros(3, 4, 5)
    torch.testing.assert_close(luma(white) * 255, torch.full((1, 4, 5), 235.0))
    torch.testing.assert_close(luma(black) * 255, torch.full((1, 4, 5), 16.0))
    red = torch.stack([white[0], black[0], black[0]])
    torch.testing.assert_close(luma(red) * 255, torch.full((1, 4, 5), 81.0))
    grey = torch.full((1, 4, 5), 100 / 255)
    torch.testing.assert_close(luma(grey), grey)
