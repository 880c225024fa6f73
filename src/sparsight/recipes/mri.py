"""Compressed-sensing MRI: total variation, sparse coding, variance (the paper Games, table 4).

The banks' level is the share of frequencies that were observed: one model serves several rates.
Images are real, in [0, 1]; see `operators.PhasedFourier` for images with a phase.
"""

import math

import torch

from sparsight.bank import Bank
from sparsight.fidelities import MeasuredFidelity, PixelFidelity
from sparsight.models import Unrolled
from sparsight.neighbours import NEAREST, OffsetNeighbours
from sparsight.operators import MaskedFourier
from sparsight.penalties import (
    CompositePrior,
    L1Prior,
    SmoothedPrior,
    TotalVariationPrior,
    VariancePrior,
)
from sparsight.recipes.groupsc import random_fidelity
from sparsight.solvers import HeavyBall, InertialForwardBackward, LearnedStepSize

# The greatest pull of a neighbour with weight 1: about what aliasing leaves of a difference.
PULL = 0.02
STRENGTH = (-0.3, -1.5)  # decimal logarithms of the weights at the first and last step
# Of variance reduction at the start; 0.1 harms codes that are trained already.
AGREEMENT = 0.02


def cstv(
    depth: int = 24,
    weights: int = 8,
    inertia: float = 0.8,
    rate_low: float = 20.0,
    rate_high: float = 50.0,
    levels: int = 4,
) -> Unrolled:
    """Total variation over the eight nearest pixels, by gradient steps with inertia.

    Args:
        depth: K, the number of steps.
        weights: learned per step: 8, one per neighbour (asymmetric), or 1 for all (symmetric).
        inertia: share of the last move that goes on; 0 is the paper's gradient step.
        rate_low: lowest share of frequencies observed, percent.
        rate_high: highest.
        levels: how many rates the banks have, evenly spaced; 1 for one rate.
    """
    rates = sampling_rates(rate_low, rate_high, levels)
    near = OffsetNeighbours(_falling(rates, depth, weights), NEAREST)
    prior = SmoothedPrior(TotalVariationPrior(unit=PULL), _bank(rates, math.log(2.0), depth))
    eta = LearnedStepSize(_bank(rates, 0.7, depth))
    fidelity = MeasuredFidelity(PixelFidelity(1), MaskedFourier)
    return Unrolled(fidelity, prior, HeavyBall(inertia), depth, near, stepsize=eta)


def cssc(
    patch: int = 9,
    atoms: int = 256,
    depth: int = 24,
    stride: int = 1,
    inertia: float = 0.7,
    rate_low: float = 20.0,
    rate_high: float = 50.0,
    levels: int = 4,
) -> Unrolled:
    """Sparse coding with a threshold vector per step and rate.

    Args:
        patch: side in pixels.
        atoms: columns of the dictionary.
        depth: K, the number of steps.
        stride: rows, and columns, from one patch to the next; 1 is the paper's.
        inertia: share of the last move that goes on; 0 is the paper's proximal step.
        rate_low: lowest share of frequencies observed, percent.
        rate_high: highest.
        levels: how many rates the bank has, evenly spaced; 1 for one rate.
    """
    rates = sampling_rates(rate_low, rate_high, levels)
    prior = CompositePrior([], _thresholds(rates, depth, atoms))
    return Unrolled(_patches(patch, atoms, stride), prior, InertialForwardBackward(inertia), depth)


def cssc_variance(
    patch: int = 9,
    atoms: int = 256,
    depth: int = 24,
    stride: int = 1,
    inertia: float = 0.7,
    rate_low: float = 20.0,
    rate_high: float = 50.0,
    levels: int = 4,
) -> Unrolled:
    """Sparse codes whose overlapping estimates agree; arguments as `cssc`."""
    rates = sampling_rates(rate_low, rate_high, levels)
    agree = VariancePrior(_bank(rates, AGREEMENT, depth))
    prior = CompositePrior([agree], _thresholds(rates, depth, atoms))
    return Unrolled(_patches(patch, atoms, stride), prior, InertialForwardBackward(inertia), depth)


def sampling_rates(rate_low: float, rate_high: float, levels: int) -> list[float]:
    """Evenly spaced shares between 0 and 1, from percent.

    Raises:
        ValueError: levels and rates do not go together.
    """
    if levels < 1 or (levels == 1) != (rate_low == rate_high):
        raise ValueError(
            f"levels is {levels} for rates {rate_low:g} to {rate_high:g}; give 1 level for one "
            "rate, 2 or more for a range"
        )
    if not 0 < rate_low <= rate_high <= 100:
        raise ValueError(
            f"rate_low is {rate_low:g}, rate_high {rate_high:g}; give 0 < low <= high <= 100"
        )
    return [rate / 100 for rate in torch.linspace(rate_low, rate_high, levels).tolist()]


def _bank(rates: list[float], value: float, *shape: int) -> Bank:
    return Bank(rates, torch.full((len(rates), *shape), value))


def _falling(rates: list[float], steps: int, weights: int) -> Bank:
    """Neighbours pull much at first, to fill in what is missing, and hardly in the end."""
    pull = torch.logspace(*STRENGTH, steps)[None, :, None]
    return Bank(rates, pull.repeat(len(rates), 1, weights))


def _thresholds(rates: list[float], depth: int, atoms: int) -> L1Prior:
    return L1Prior(_bank(rates, 0.003, depth, atoms))


def _patches(patch: int, atoms: int, stride: int) -> MeasuredFidelity:
    codes = random_fidelity(1, patch, atoms)
    codes.stride = (stride, stride)
    return MeasuredFidelity(codes, MaskedFourier)
