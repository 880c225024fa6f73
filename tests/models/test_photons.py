"""Noise of photons: better restored as what it is than as if it were Gaussian."""

import math

import pytest
import torch
from skimage import data

import sparsight
from sparsight.metrics import psnr
from sparsight.models import PhotonDenoiser
from sparsight.models.photons import TAILS


@pytest.fixture(scope="module")
def model():
    return sparsight.load("sc-gray", "fast")


def scene(channels=1):
    image = torch.from_numpy(data.camera()[100:260, 150:310].copy()).float() / 255
    return image.expand(1, channels, -1, -1)


def counted(x, peak, seed=0):
    return torch.poisson(x * peak, generator=torch.Generator().manual_seed(seed)) / peak


def test_it_is_better_than_one_sigma_for_all(model):
    x = scene()
    y = counted(x, 30)
    gaussian = model(y, sigma=math.sqrt(float(x.mean()) / 30))
    photons = PhotonDenoiser(model, 1 / 30)(y)
    assert float(psnr(photons[0], x[0])) > float(psnr(gaussian[0], x[0])) + 0.4
    assert float((photons - x).mean()) == pytest.approx(0, abs=0.004)


def test_strips_are_the_whole(model):
    y = counted(scene(), 30)
    denoiser = PhotonDenoiser(model, 1 / 30, 1e-4)
    whole = denoiser(y)
    limits = y[0, 0].double().flatten().quantile(torch.tensor(TAILS, dtype=torch.float64))
    steps = []
    strips = denoiser.strips(
        lambda a, b: y[0, :, a:b], tuple(y.shape[1:]), limits[None], lambda: steps.append(1)
    )
    torch.testing.assert_close(torch.cat([rows for _, rows in strips], 1), whole[0])
    assert len(steps) == denoiser.steps(tuple(y.shape[1:]))


def test_counts_are_restored_as_what_they_are(model):
    """The transformation has no scale: a gain of 1 takes photons themselves."""
    y = counted(scene(), 30)
    counts, shares = PhotonDenoiser(model, 1.0)(30 * y), PhotonDenoiser(model, 1 / 30)(y)
    assert float(counts.mean()) > 8
    torch.testing.assert_close(counts / 30, shares, atol=1e-4, rtol=1e-4)


def test_a_constant_that_a_camera_adds_changes_nothing(model):
    y = counted(scene(), 30).double()
    plain = PhotonDenoiser(model, 1 / 30, 1e-4)(y)
    raised = PhotonDenoiser(model, 1 / 30, 1e-4 - 0.2 / 30)(y + 0.2)
    torch.testing.assert_close(raised - 0.2, plain, atol=1e-5, rtol=0)


def test_channels_have_lines_of_their_own(model):
    y = counted(scene(3), 30)
    scales = torch.tensor([1.0, 0.5, 0.25]).reshape(1, 3, 1, 1)
    same = PhotonDenoiser(model, 1 / 30)(y)
    other = PhotonDenoiser(model, [1 / 30, 0.5 / 30, 0.25 / 30])(y * scales)
    torch.testing.assert_close(other / scales, same, atol=1e-4, rtol=0)


@pytest.mark.parametrize("channels", [1, 3])
def test_as_many_lines_as_channels(model, channels):
    y = torch.rand(1, channels, 20, 20)
    with pytest.raises(ValueError, match=f"gain has 2 numbers and the image {channels} channels"):
        PhotonDenoiser(model, [0.1, 0.2])(y)
    with pytest.raises(ValueError, match=f"variance has 2 numbers and the image {channels} chan"):
        PhotonDenoiser(model, 0.1, [0.1, 0.2])(y)


@pytest.mark.parametrize(
    ("gain", "variance", "message"),
    [
        (0.0, 0.0, "gain is 0.0; give what a photon adds, above 0"),
        (float("nan"), 0.0, "gain is nan"),
        (0.1, float("inf"), "variance is inf"),
    ],
)
def test_numbers_that_describe_no_noise(model, gain, variance, message):
    with pytest.raises(ValueError, match=message):
        PhotonDenoiser(model, gain, variance)
