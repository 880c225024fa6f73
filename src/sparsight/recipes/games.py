"""Pixel games: total variation and Laplacian, local and non-local (the paper Games, table A4).

Every move has its weights (one, or one per neighbour), a Moreau parameter and a step size; a step
of gradient descent is one move, one of extra-gradient two.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

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
    noise, start = noise_levels(sigma_low, sigma_high, levels), _turns(depth, moves, 8 * 0.35)
    weights_start = (start.strength / 8)[:, None].expand(-1, weights)
    near = OffsetNeighbours(_bank(noise, weights_start), NEAREST)
    prior = SmoothedPrior(
        TotalVariationPrior(unit=NoiseLevel(noise)), _bank(noise, start.smoothing)
    )
    return _game(channels, near, prior, LearnedStepSize(_bank(noise, start.stepsize)), moves)


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
    noise, start = noise_levels(sigma_low, sigma_high, levels), _steady(depth, moves, 8 * 0.25, 7.0)
    weights_start = (start.strength / 8)[:, None].expand(-1, weights)
    near = OffsetNeighbours(_bank(noise, weights_start, 1.0), NEAREST)
    prior = SmoothedPrior(LaplacianPrior(), _bank(noise, start.smoothing))
    return _game(channels, near, prior, LearnedStepSize(_bank(noise, start.stepsize)), moves)


def nltv(
    channels: int = 1,
    depth: int = 24,
    kappas: int = 1,
    moves: int = 2,
    radius: int = 12,
    refreshes: int = 1,
    own: int = 0,
    sigma_low: float = 25.0,
    sigma_high: float = 25.0,
    levels: int = 1,
) -> Unrolled:
    """Total variation over similar places of a window.

    Args:
        channels: 1 grey, 3 RGB.
        depth: K, the number of steps.
        kappas: 1, or 2: one for the graph of the noisy image, one for those of estimates.
        moves: per step: 1 gradient, 2 extra-gradient.
        radius: how far similar places may be, in pixels.
        refreshes: how often similarities are taken anew, evenly spaced.
        own: 1 counts a place among its own candidates; it keeps to itself where nothing is alike.
        sigma_low: lowest noise level of the banks, 8-bit units.
        sigma_high: highest.
        levels: how many levels the banks have, evenly spaced; 1 for one noise level.
    """
    noise, start = noise_levels(sigma_low, sigma_high, levels), _turns(depth, moves, 2.0)
    similar = _similarity(noise, channels, kappas, _evenly(refreshes, depth, moves), radius, own)
    total_variation = TotalVariationPrior(_bank(noise, start.strength), NoiseLevel(noise))
    prior = SmoothedPrior(total_variation, _bank(noise, start.smoothing))
    return _game(channels, similar, prior, LearnedStepSize(_bank(noise, start.stepsize)), moves)


def nllaplacian(
    channels: int = 1,
    depth: int = 24,
    kappas: int = 1,
    moves: int = 2,
    radius: int = 12,
    refreshes: int = 1,
    own: int = 0,
    sigma_low: float = 25.0,
    sigma_high: float = 25.0,
    levels: int = 1,
) -> Unrolled:
    """Squared differences to similar places of a window; arguments as `nltv`."""
    noise, start = noise_levels(sigma_low, sigma_high, levels), _steady(depth, moves, 3.5, 7.0)
    similar = _similarity(noise, channels, kappas, _evenly(refreshes, depth, moves), radius, own)
    squares = LaplacianPrior(_bank(noise, start.strength, 1.0))
    prior = SmoothedPrior(squares, _bank(noise, start.smoothing))
    return _game(channels, similar, prior, LearnedStepSize(_bank(noise, start.stepsize)), moves)


@dataclass(frozen=True)
class _Start:
    """What moves begin with, (moves,) each.

    Attributes:
        strength: of all neighbours together, in units of the noise level.
        smoothing: logarithm of the Moreau parameter.
        stepsize: eta.
    """

    strength: Tensor
    smoothing: Tensor
    stepsize: Tensor


def _turns(depth: int, moves: int, strength: float) -> _Start:
    """Steps pull neighbours together and push them a little apart in turn.

    The pulls are smoothed less and less; the pushes only act on differences of more than the
    noise, which a pull and a push together leave as they are. Training that begins with pulls
    alone does not find the pushes.
    """
    pull = torch.logspace(0, 0.9, -(-depth // 2)).repeat_interleave(2)[:depth]
    push = torch.arange(depth) % 2 == 1
    stepsize = 1.5 / (1 + strength * pull)
    strengths = torch.where(push, -0.3 * strength, strength)
    smoothing = torch.where(push, 0.7, pull).log()
    return _Start(*(x.repeat_interleave(moves) for x in (strengths, smoothing, stepsize)))


def _steady(depth: int, moves: int, strength: float, alpha: float) -> _Start:
    """All moves alike, and small enough for extra-gradient not to overshoot."""
    values = strength, math.log(alpha), 0.8 / (1 + 2 * strength)
    return _Start(*(torch.full((depth * moves,), value) for value in values))


def _game(
    channels: int, neighbours: nn.Module, prior: nn.Module, eta: LearnedStepSize, moves: int
) -> Unrolled:
    steps: dict[int, Callable] = {1: gradient, 2: extragradient}
    if moves not in steps:
        raise ValueError(f"moves is {moves}; give 1 for gradient steps, 2 for extra-gradient")
    depth = eta.sizes.values.shape[1]
    fidelity = PixelFidelity(channels)
    return Unrolled(fidelity, prior, steps[moves], depth, neighbours, stepsize=eta)


def _bank(noise: list[float], values: Tensor, power: float = 0.0) -> Bank:
    """At every level these values, given for sigma = 25/255, times a power of sigma."""
    sigma = noise[0] if len(noise) == 1 else REFERENCE
    values = values * (sigma / REFERENCE) ** power
    return Bank(noise, values.repeat(len(noise), *[1] * values.ndim), homogeneity=power)


def _evenly(refreshes: int, depth: int, moves: int) -> tuple[int, ...]:
    """The moves before which the graph is refreshed; no step is cut in two."""
    return tuple(moves * (depth * (i + 1) // (refreshes + 1)) for i in range(refreshes))


def _similarity(
    noise: list[float], channels: int, kappas: int, refresh: tuple[int, ...], radius: int, own: int
) -> ShiftSimilarity:
    """kappa starts where two patches that differ by noise alone have distance 9.

    That is so far because what counts is by how much distances differ: noise makes that 1 or 2.
    """
    sigma = noise[0] if len(noise) == 1 else REFERENCE
    pixels = channels * SIDE**2
    kappa = torch.full((len(noise), kappas, pixels), 3 * (2 * pixels) ** -0.5 / sigma)
    return ShiftSimilarity(
        Bank(noise, kappa, homogeneity=-1.0),
        Bank(noise, torch.ones(len(noise), 1)),
        refresh=refresh,
        radius=radius,
        side=SIDE,
        own=NoiseLevel(noise) if own else None,
    )
