"""Signals and stripes made by rule, as BLORC section 5 trains on; every draw by a generator."""

import math

import torch
from jaxtyping import Float
from torch import Generator, Tensor


def piecewise_constant(
    count: int,
    generator: Generator,
    length: int = 64,
    jumps: tuple[int, int] = (3, 8),
    grounded: bool = True,
    hold: int = 1,
) -> Float[Tensor, "b n"]:
    """Signals that keep a level, uniform in [0, 1], between jumps; their peak is 1.

    Args:
        count: of signals.
        generator: of all draws.
        length: samples per signal.
        jumps: fewest and most per signal, all numbers between alike; from 2 to below length.
        grounded: whether signals begin and end at 0.
        hold: levels last a multiple of so many samples, of which `length` is one; with 1 signals
            jump anywhere.
    """
    length //= hold
    draws = torch.rand(count, length - 1, generator=generator, dtype=torch.float64)
    many = torch.randint(jumps[0], jumps[1] + 1, (count, 1), generator=generator)
    jumped = draws.argsort(1).argsort(1) < many
    number = torch.cat([torch.zeros(count, 1, dtype=torch.long), jumped.cumsum(1)], 1)
    levels = torch.rand(count, jumps[1] + 1, generator=generator, dtype=torch.float64)
    if grounded:
        levels[:, 0] = 0
        levels.scatter_(1, many, 0.0)
    return _of_peak_one(levels.gather(1, number)).repeat_interleave(hold, 1)


def harmonic(
    count: int, generator: Generator, length: int = 64, waves: int = 3
) -> Float[Tensor, "b n"]:
    """Signals that are sparse in the DCT: a few cosines of its frequencies; their peak is 1.

    Args:
        count: of signals.
        generator: of all draws.
        length: samples per signal.
        waves: per signal, of different frequencies.
    """
    draws = torch.rand(count, length, generator=generator, dtype=torch.float64)
    chosen = draws.argsort(1).argsort(1) < waves
    amplitude = torch.randn(count, length, generator=generator, dtype=torch.float64)
    return _of_peak_one((chosen * amplitude) @ dct_matrix(length))


def stripes(
    size: int, generator: Generator, diagonal: bool = False, spacing: int = 8
) -> Float[Tensor, "h w"]:
    """An image of stripes of random widths and brightness: vertical, or along the diagonal.

    Args:
        size: side in pixels.
        generator: of all draws.
        diagonal: stripes where row + column is constant; else where the column is.
        spacing: mean width in pixels.
    """
    row = torch.arange(size)
    place = row[:, None] + row if diagonal else row.expand(size, size)
    edges = torch.rand(2 * size, generator=generator) < 1 / spacing
    levels = torch.rand(2 * size, generator=generator, dtype=torch.float64)
    return levels[edges.cumsum(0)][place]


def add_noise_to_signals(
    clean: Float[Tensor, "b n"], sigma: float, generator: Generator
) -> Float[Tensor, "b n"]:
    """Signals plus white Gaussian noise.

    Args:
        clean: signals.
        sigma: standard deviation, in the units of the signals.
        generator: of the draws.
    """
    return clean + sigma * torch.randn(clean.shape, generator=generator, dtype=clean.dtype)


def dct_matrix(length: int) -> Float[Tensor, "n n"]:
    """The orthonormal DCT-II, a frequency per row."""
    k, i = torch.arange(length, dtype=torch.float64)[:, None], torch.arange(length) + 0.5
    matrix = math.sqrt(2 / length) * torch.cos(math.pi / length * k * i)
    matrix[0] /= math.sqrt(2)
    return matrix


def differences_matrix(length: int) -> Float[Tensor, "n_1 n"]:
    """x_(i + 1) - x_i, one row per pair of neighbours."""
    eye = torch.eye(length, dtype=torch.float64)
    return eye[1:] - eye[:-1]


def _of_peak_one(signals: Tensor) -> Tensor:
    return signals / signals.abs().amax(1, keepdim=True)
