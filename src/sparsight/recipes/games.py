"""Pixel games: total variation and Laplacian, local and non-local (the paper Games, table A4).

Every move has its weights (one, or one per neighbour), a Moreau parameter and a step size; a step
of gradient descent is one move, one of extra-gradient two.
"""

import math
from collections.abc import Callable

import torch
from torch import nn

from sparsight.bank import REFERENCE, Bank, NoiseLevel
from sparsight.fidelities import PixelFidelity
from sparsight.models import Unrolled
from sparsight.neighbours import NEAREST, OffsetNeighbours, ShiftSimilarity
from sparsight.penalties import LaplacianPrior, SmoothedPrior, TotalVariationPrior
from sparsight.recipes.groupsc import noise_levels
from sparsight.solvers import LearnedStepSize, extragradient, gradient

SIDE = 9


def tv(
    channels: int = 1,
    depth: int = 24,
    weights: int = 8,
    moves: int = 2,
    sigma_low: float = 25.0,
    sigma_high: float = 25.0,
    levels: int = 1,
) -> Unrolled:
    """Total variation over the eight nearest pixels.

    Args:
        channels: 1 grey, 3 RGB.
        depth: K, the number of steps.
        weights: learned per move: 8, one per neighbour (asymmetric), or 1 for all (symmetric).
        moves: per step: 1 gradient, 2 extra-gradient.
        sigma_low: lowest noise level of the banks, 8-bit units.
        sigma_high: highest.
        levels: how many levels the banks have, evenly spaced; 1 for one noise level.
    """
    noise = noise_levels(sigma_low, sigma_high, levels)
    # At the start all neighbours together pull by 1.2 sigma, and less within half a sigma.
    near = OffsetNeighbours(_bank(noise, (moves * depth, weights), 0.15), NEAREST)
    prior = SmoothedPrior(
        TotalVariationPrior(unit=NoiseLevel(noise)), _smoothing(noise, moves * depth, 2.0)
    )
    return _game(channels, near, prior, _eta(noise, moves * depth, 0.17), moves)


def laplacian(
    channels: int = 1,
    depth: int = 24,
    weights: int = 8,
    moves: int = 2,
    sigma_low: float = 25.0,
    sigma_high: float = 25.0,
    levels: int = 1,
) -> Unrolled:
    """Squared differences to the eight nearest pixels; arguments as `tv`."""
    noise = noise_levels(sigma_low, sigma_high, levels)
    near = OffsetNeighbours(_bank(noise, (moves * depth, weights), 0.25, 1.0), NEAREST)
    prior = SmoothedPrior(LaplacianPrior(), _smoothing(noise, moves * depth, 7.0))
    return _game(channels, near, prior, _eta(noise, moves * depth, 0.2), moves)


def nltv(
    channels: int = 1,
    depth: int = 24,
    kappas: int = 1,
    moves: int = 2,
    radius: int = 3,
    sigma_low: float = 25.0,
    sigma_high: float = 25.0,
    levels: int = 1,
) -> Unrolled:
    """Total variation over similar places of a window.

    Args:
        channels: 1 grey, 3 RGB.
        depth: K, the number of steps; similarities are refreshed after half of them.
        kappas: 1, or 2 for one kappa per graph.
        moves: per step: 1 gradient, 2 extra-gradient.
        radius: of the window in pixels.
        sigma_low: lowest noise level of the banks, 8-bit units.
        sigma_high: highest.
        levels: how many levels the banks have, evenly spaced; 1 for one noise level.
    """
    noise = noise_levels(sigma_low, sigma_high, levels)
    strength = _bank(noise, (moves * depth,), 1.2)
    prior = SmoothedPrior(
        TotalVariationPrior(strength, NoiseLevel(noise)), _smoothing(noise, moves * depth, 2.4)
    )
    similar = _similarity(noise, channels, kappas, moves * depth // 2, radius)
    return _game(channels, similar, prior, _eta(noise, moves * depth, 0.17), moves)


def nllaplacian(
    channels: int = 1,
    depth: int = 24,
    kappas: int = 1,
    moves: int = 2,
    radius: int = 3,
    sigma_low: float = 25.0,
    sigma_high: float = 25.0,
    levels: int = 1,
) -> Unrolled:
    """Squared differences to similar places of a window; arguments as `nltv`."""
    noise = noise_levels(sigma_low, sigma_high, levels)
    strength = _bank(noise, (moves * depth,), 2.0, 1.0)
    prior = SmoothedPrior(LaplacianPrior(strength), _smoothing(noise, moves * depth, 1e3))
    similar = _similarity(noise, channels, kappas, moves * depth // 2, radius)
    return _game(channels, similar, prior, _eta(noise, moves * depth, 0.2), moves)


def _game(
    channels: int, neighbours: nn.Module, prior: nn.Module, eta: LearnedStepSize, moves: int
) -> Unrolled:
    steps: dict[int, Callable] = {1: gradient, 2: extragradient}
    if moves not in steps:
        raise ValueError(f"moves is {moves}; give 1 for gradient steps, 2 for extra-gradient")
    depth = eta.sizes.values.shape[1]
    fidelity = PixelFidelity(channels)
    return Unrolled(fidelity, prior, steps[moves], depth, neighbours, stepsize=eta)


def _bank(noise: list[float], shape: tuple[int, ...], value: float, power: float = 0.0) -> Bank:
    """All values equal: `value`, at sigma = 25/255, and in proportion to a power of sigma."""
    sigma = noise[0] if len(noise) == 1 else REFERENCE
    value = value * (sigma / REFERENCE) ** power
    return Bank(noise, torch.full((len(noise), *shape), value), homogeneity=power)


def _smoothing(noise: list[float], moves: int, value: float) -> Bank:
    """Logarithms of alpha."""
    return Bank(noise, torch.full((len(noise), moves), math.log(value)))


def _eta(noise: list[float], moves: int, value: float) -> LearnedStepSize:
    return LearnedStepSize(_bank(noise, (moves,), value))


def _similarity(
    noise: list[float], channels: int, kappas: int, refresh: int, radius: int
) -> ShiftSimilarity:
    """kappa starts where two patches that differ by noise alone have distance 1."""
    sigma = noise[0] if len(noise) == 1 else REFERENCE
    pixels = channels * SIDE**2
    kappa = torch.full((len(noise), kappas, pixels), (2 * pixels) ** -0.5 / sigma)
    return ShiftSimilarity(
        Bank(noise, kappa, homogeneity=-1.0),
        Bank(noise, torch.ones(len(noise), 1)),
        refresh=(refresh,),
        radius=radius,
        side=SIDE,
    )
