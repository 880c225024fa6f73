"""The generalised Anscombe transformation: noise of one variance, and no bias on the way back."""

import pytest
import torch

from sparsight.ops import anscombe, anscombe_inverse


def column(*numbers):
    return torch.tensor(numbers, dtype=torch.float64).reshape(-1, 1, 1)


def counted(photons, gain, read, offset, count=200_000):
    """Measurements of one brightness by a camera."""
    g = torch.Generator().manual_seed(0)
    drawn = torch.poisson(torch.full((1, 1, count), photons, dtype=torch.float64), generator=g)
    noise = torch.randn(drawn.shape, generator=g, dtype=torch.float64)
    return gain * drawn + read * noise + offset


CAMERAS = [(1.0, 0.0, 0.0), (2.5, 3.0, 0.0), (0.01, 0.02, 0.4), (4.0, 10.0, 100.0)]


@pytest.mark.parametrize(("gain", "read", "offset"), CAMERAS)
@pytest.mark.parametrize("photons", [8.0, 30.0, 300.0])
def test_noise_has_a_variance_of_1_and_means_come_back(photons, gain, read, offset):
    y = counted(photons, gain, read, offset)
    line = column(gain), column(read**2 - gain * offset)
    x = anscombe(y, *line)
    assert x.std().item() == pytest.approx(1, abs=0.04)
    mean = anscombe_inverse(x.mean().reshape(1, 1, 1), *line).item()
    error = y.std().item() / len(y.flatten()) ** 0.5
    assert mean == pytest.approx(gain * photons + offset, abs=5 * error + 0.01 * gain)


def test_the_plain_inverse_would_be_biased():
    y = counted(4.0, 1.0, 0.0, 0.0)
    line = column(1.0), column(0.0)
    d = anscombe(y, *line).mean()
    assert anscombe_inverse(d.reshape(1, 1, 1), *line).item() == pytest.approx(4, abs=0.05)
    assert (d.square() / 4 - 3 / 8).item() < 3.8


def test_no_light_comes_back_as_none():
    line = column(2.0), column(0.0)
    dark = anscombe_inverse(anscombe(torch.zeros(1, 2, 2, dtype=torch.float64), *line), *line)
    torch.testing.assert_close(dark, torch.zeros_like(dark))


def test_each_channel_has_its_line():
    y = torch.rand(3, 4, 5, dtype=torch.float64)
    gains, starts = column(0.1, 0.2, 0.3), column(0.0, 0.01, 0.02)
    together = anscombe(y, gains, starts)
    for c in range(3):
        torch.testing.assert_close(together[[c]], anscombe(y[[c]], gains[[c]], starts[[c]]))
