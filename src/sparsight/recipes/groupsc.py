"""SC, CSR and GroupSC for denoising (the paper GroupSC, sections 3 and 4, appendix table 4)."""

import torch
from jaxtyping import Float
from torch import Tensor

from sparsight.bank import REFERENCE, Bank
from sparsight.fidelities import PatchFidelity, VarianceReduction
from sparsight.models import Unrolled
from sparsight.neighbours import Lattice, Similarity
from sparsight.penalties import CentralizedPrior, GroupPrior, L1Prior
from sparsight.solvers import proximal

AGREED = 0.01


def sc(
    channels: int = 1,
    patch: int = 9,
    atoms: int = 256,
    depth: int = 24,
    sigma_low: float = 25.0,
    sigma_high: float = 25.0,
    levels: int = 1,
) -> Unrolled:
    """Sparse coding with a threshold vector per step.

    Args:
        channels: 1 grey, 3 RGB.
        patch: side in pixels: 9 for grey, 7 for colour.
        atoms: columns of the dictionary.
        depth: K, the number of steps.
        sigma_low: lowest noise level of the threshold bank, 8-bit units.
        sigma_high: highest.
        levels: how many levels the bank has, evenly spaced; 1 for one noise level.
    """
    noise = noise_levels(sigma_low, sigma_high, levels)
    prior = L1Prior(threshold_bank(noise, depth, atoms))
    return Unrolled(random_fidelity(channels, patch, atoms), prior, proximal, depth)


def csr(
    channels: int = 1,
    patch: int = 9,
    atoms: int = 256,
    depth: int = 24,
    sigma_low: float = 25.0,
    sigma_high: float = 25.0,
    levels: int = 1,
    refresh: int = 6,
    window: int = 48,
    thin: int = 9,
    alike: float = 0.0,
    mosaic: int = 1,
) -> Unrolled:
    """Codes pulled to zero and to the mean of similar patches' codes; arguments as `groupsc`."""
    noise = noise_levels(sigma_low, sigma_high, levels)
    pull = Bank(noise, torch.full((levels, atoms), 0.5))
    prior = CentralizedPrior(threshold_bank(noise, depth, atoms), pull)
    compared = [alike / 255] if alike else noise
    neighbours = similarity(compared, channels * patch**2, depth, refresh, window, thin, mosaic)
    fidelity = random_fidelity(channels, patch, atoms)
    return Unrolled(fidelity, prior, proximal, depth, neighbours)


def groupsc(
    channels: int = 1,
    patch: int = 9,
    atoms: int = 256,
    depth: int = 24,
    sigma_low: float = 25.0,
    sigma_high: float = 25.0,
    levels: int = 1,
    refresh: int = 6,
    window: int = 48,
    thin: int = 9,
    alike: float = 0.0,
    mosaic: int = 1,
    agree: int = 0,
    agreed: float = AGREED,
) -> Unrolled:
    """Sparse codes that similar patches share.

    Args:
        channels: 1 grey, 3 RGB.
        patch: side in pixels: 9 for grey, 7 for colour.
        atoms: columns of the dictionary.
        depth: K, the number of steps.
        sigma_low: lowest noise level of the banks, 8-bit units.
        sigma_high: highest.
        levels: how many levels the banks have, evenly spaced; 1 for one noise level.
        refresh: steps between refreshes of the similarities, 1 / f.
        window: side of the search window in patch positions.
        thin: compare with one in so many patches of the window, odd. 1 is the paper's: 0.02 dB
            better at most, and five times as long to train.
        alike: noise level, 8-bit units, by which patches differ that count as alike at the start;
            0 for that of the bank.
        mosaic: 3 compares the channels of mosaics summed at first, for most of each is empty.
        agree: steps between variance reductions (Games table 1), 3 in the authors' program; 0 for
            none. Of use against noise; samples that are known beside gaps would move too.
        agreed: share of the averaged estimate in the data, at the start of a training; the authors'
            program has 0.01.

    Raises:
        ValueError: numbers that do not go together.
    """
    noise = noise_levels(sigma_low, sigma_high, levels)
    prior = GroupPrior(threshold_bank(noise, depth, atoms))
    compared = [alike / 255] if alike else noise
    neighbours = similarity(compared, channels * patch**2, depth, refresh, window, thin, mosaic)
    fidelity = random_fidelity(channels, patch, atoms)
    if not agree and agreed != AGREED:
        raise ValueError(f"agreed is {agreed} though agree is 0; give the steps between, agree=3")
    renewal = agreement(noise, depth, agree, agreed) if agree else None
    return Unrolled(fidelity, prior, proximal, depth, neighbours, renewal)


def noise_levels(sigma_low: float, sigma_high: float, levels: int) -> list[float]:
    """Evenly spaced levels in [0, 1] units, from 8-bit units.

    Raises:
        ValueError: levels and sigmas do not go together.
    """
    if levels < 1 or (levels == 1) != (sigma_low == sigma_high):
        raise ValueError(
            f"levels is {levels} for sigma {sigma_low} to {sigma_high}; give 1 level for one "
            "sigma, 2 or more for a range"
        )
    if sigma_low <= 0:
        raise ValueError(f"sigma_low is {sigma_low}; it must be above 0")
    return [s / 255 for s in torch.linspace(sigma_low, sigma_high, levels).tolist()]


def threshold_bank(noise: list[float], depth: int, atoms: int) -> Bank:
    """Thresholds 0.15 sigma: on the scaled dictionary that is near one deviation of the noise."""
    sigma = noise[0] if len(noise) == 1 else REFERENCE
    return Bank(noise, torch.full((len(noise), depth, atoms), 0.15 * sigma), homogeneity=1.0)


def similarity(
    noise: list[float],
    pixels: int,
    depth: int,
    refresh: int,
    window: int,
    thin: int,
    mosaic: int = 1,
) -> Similarity:
    """A similarity refreshed every `refresh` steps after the first gradient step.

    kappa starts where two patches that differ by noise alone have distance 1.

    Raises:
        ValueError: patches have no such channels to sum.
    """
    if mosaic not in (1, 3) or pixels % mosaic:
        raise ValueError(f"mosaic is {mosaic}; give 3 for mosaics of three channels, else 1")
    sigma = noise[0] if len(noise) == 1 else REFERENCE
    kappa = torch.full((len(noise), 1, pixels), (2 * pixels) ** -0.5 / sigma)
    return Similarity(
        Bank(noise, kappa, homogeneity=-1.0),
        Bank(noise, torch.ones(len(noise), 1)),
        refresh=range(refresh + 1, depth, refresh),
        lattice=Lattice(window, thin),
        groups=mosaic,
    )


def agreement(noise: list[float], depth: int, every: int, share: float) -> VarianceReduction:
    """Moves the data towards what overlapping estimates agree upon, every so many steps.

    Raises:
        ValueError: there is no such step, or the share is none.
    """
    if not 1 <= every <= depth:
        raise ValueError(f"agree is {every}; give 1 to {depth}, the number of steps, or 0 for none")
    if not 0 <= share < 1:
        raise ValueError(f"agreed is {share}; give a share from 0 to below 1")
    steps = range(every - 1, depth, every)
    return VarianceReduction(Bank(noise, torch.full((len(noise), len(steps)), share)), steps)


def random_fidelity(channels: int, patch: int, atoms: int) -> PatchFidelity:
    """D, C, W alike, random, until a dictionary is learned or weights are loaded."""
    generator = torch.Generator().manual_seed(0)
    dictionary: Float[Tensor, "m p"] = torch.randn(channels * patch**2, atoms, generator=generator)
    dictionary = dictionary / torch.linalg.matrix_norm(dictionary, 2)
    return PatchFidelity(dictionary, dictionary.clone(), dictionary.clone(), patch)
