"""Patch games: sparse codes, shared or not, with neighbours that agree (Games table A5).

On a dictionary the l1 norm is taken implicitly, all else by its gradient; the non-local group
penalty is smoothed, so its games take gradient steps. Total variation is that of the codes of
patches one pixel apart. A strength of 0 leaves a penalty out.
"""

import math

import torch
from torch import nn

from sparsight.bank import Bank, NoiseLevel
from sparsight.models import Unrolled
from sparsight.neighbours import NEAREST, OffsetNeighbours
from sparsight.penalties import (
    AsymmetricGroupPrior,
    CompositePrior,
    GroupPrior,
    L1Prior,
    LocalPrior,
    SmoothedPrior,
    SmoothSumPrior,
    SymmetricGroupPrior,
    TotalVariationPrior,
    VariancePrior,
)
from sparsight.recipes.groupsc import noise_levels, random_fidelity, similarity, threshold_bank
from sparsight.solvers import (
    BarzilaiBorwein,
    LearnedStepSize,
    forward_backward,
    gradient,
    proximal,
)

# Decimal logarithms of the Moreau parameter at the first and last step. From trained thresholds of
# GroupSC games begin 1.5 dB behind it on training crops; with 0 and 1 it is 2.0 dB.
SHARPER = (-0.3, 1.3)


def sc_game(
    channels: int = 1,
    patch: int = 9,
    atoms: int = 256,
    depth: int = 24,
    sigma_low: float = 25.0,
    sigma_high: float = 25.0,
    levels: int = 1,
    variation: float = 0.0,
    variance: float = 0.0,
    most: float = 0.0,
) -> Unrolled:
    """Sparse codes of patches whose neighbours agree.

    Args:
        channels: 1 grey, 3 RGB.
        patch: side in pixels.
        atoms: columns of the dictionary.
        depth: K, the number of steps.
        sigma_low: lowest noise level of the banks, 8-bit units.
        sigma_high: highest.
        levels: how many levels the banks have, evenly spaced; 1 for one noise level.
        variation: strength of total variation at the start.
        variance: strength of variance reduction at the start.
        most: greatest step of Barzilai and Borwein; 0 takes steps of 1.
    """
    noise = noise_levels(sigma_low, sigma_high, levels)
    sparse = L1Prior(threshold_bank(noise, depth, atoms))
    smooth = _agreement(noise, depth, variation, variance)
    prior = CompositePrior(smooth, sparse) if smooth else sparse
    step = forward_backward if smooth else proximal
    fidelity = random_fidelity(channels, patch, atoms)
    eta = BarzilaiBorwein(1.0, most) if most else 1.0
    return Unrolled(fidelity, prior, step, depth, stepsize=eta)


def groupsc_game(
    channels: int = 1,
    patch: int = 9,
    atoms: int = 256,
    depth: int = 24,
    sigma_low: float = 25.0,
    sigma_high: float = 25.0,
    levels: int = 1,
    refresh: int = 6,
    window: int = 48,
    thin: int = 1,
    variation: float = 0.0,
    variance: float = 0.1,
) -> Unrolled:
    """GroupSC with neighbours that agree; arguments as `groupsc` and `sc_game`."""
    noise = noise_levels(sigma_low, sigma_high, levels)
    shared = GroupPrior(threshold_bank(noise, depth, atoms))
    prior = CompositePrior(_agreement(noise, depth, variation, variance), shared)
    neighbours = similarity(noise, channels * patch**2, depth, refresh, window, thin)
    fidelity = random_fidelity(channels, patch, atoms)
    return Unrolled(fidelity, prior, forward_backward, depth, neighbours)


def symmetric_group(
    channels: int = 1,
    patch: int = 9,
    atoms: int = 256,
    depth: int = 24,
    sigma_low: float = 25.0,
    sigma_high: float = 25.0,
    levels: int = 1,
    refresh: int = 6,
    window: int = 48,
    thin: int = 1,
    variation: float = 0.0,
    variance: float = 0.0,
) -> Unrolled:
    """Smoothed norms over similar patches, each as near to the other as the other to it.

    Arguments as `groupsc` and `sc_game`.
    """
    noise = noise_levels(sigma_low, sigma_high, levels)
    shared = SymmetricGroupPrior(threshold_bank(noise, depth, atoms))
    agreement = _agreement(noise, depth, variation, variance)
    neighbours = similarity(noise, channels * patch**2, depth, refresh, window, thin)
    return _smoothed_group(channels, patch, shared, agreement, neighbours)


def asymmetric_group(
    channels: int = 1,
    patch: int = 9,
    atoms: int = 256,
    depth: int = 24,
    sigma_low: float = 25.0,
    sigma_high: float = 25.0,
    levels: int = 1,
    refresh: int = 6,
    window: int = 48,
    thin: int = 1,
    variation: float = 0.0,
    variance: float = 0.0,
) -> Unrolled:
    """As `symmetric_group`, with weights that are shares of each patch's sum."""
    noise = noise_levels(sigma_low, sigma_high, levels)
    shared = AsymmetricGroupPrior(threshold_bank(noise, depth, atoms))
    agreement = _agreement(noise, depth, variation, variance)
    neighbours = similarity(noise, channels * patch**2, depth, refresh, window, thin)
    return _smoothed_group(channels, patch, shared, agreement, neighbours)


def _smoothed_group(
    channels: int,
    patch: int,
    shared: SymmetricGroupPrior | AsymmetricGroupPrior,
    agreement: list[nn.Module],
    neighbours: nn.Module,
) -> Unrolled:
    noise = shared.thresholds.levels.tolist()
    _, depth, atoms = shared.thresholds.values.shape
    # In steps that are as long as such a slope allows.
    alpha = torch.logspace(*SHARPER, depth)
    smoothing = Bank(noise, alpha.log().repeat(len(noise), 1))
    prior = SmoothSumPrior([SmoothedPrior(shared, smoothing), *agreement])
    eta = LearnedStepSize(Bank(noise, (1 / (1 + alpha)).repeat(len(noise), 1)))
    fidelity = random_fidelity(channels, patch, atoms)
    return Unrolled(fidelity, prior, gradient, depth, neighbours, stepsize=eta)


def _agreement(
    noise: list[float], depth: int, variation: float, variance: float
) -> list[nn.Module]:
    """The priors that make neighbours agree: total variation, variance reduction."""
    priors: list[nn.Module] = []
    if variation:
        near = OffsetNeighbours(_bank(noise, depth, variation, len(NEAREST)), NEAREST)
        local = LocalPrior(near, TotalVariationPrior(unit=NoiseLevel(noise)))
        priors.append(SmoothedPrior(local, _bank(noise, depth, math.log(2.0))))
    if variance:
        priors.append(VariancePrior(_bank(noise, depth, variance)))
    return priors


def _bank(noise: list[float], depth: int, value: float, *shape: int) -> Bank:
    return Bank(noise, torch.full((len(noise), depth, *shape), value))
