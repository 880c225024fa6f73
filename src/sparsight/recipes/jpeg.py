"""SC, CSR and GroupSC for JPEG artefacts of luma (GroupSC section 4): a bank per quality."""

import torch

from sparsight.bank import Bank
from sparsight.models import Unrolled
from sparsight.neighbours import Lattice, Similarity
from sparsight.penalties import CentralizedPrior, GroupPrior, L1Prior
from sparsight.recipes.groupsc import random_fidelity
from sparsight.solvers import proximal

# Noise of this level errs as much as JPEG does at these qualities, in [0, 1] units.
LIKE_NOISE = 8 / 255


def sc_jpeg(
    patch: int = 9,
    atoms: int = 256,
    depth: int = 24,
    quality_low: int = 10,
    quality_high: int = 40,
    levels: int = 4,
) -> Unrolled:
    """Sparse coding with a threshold vector per step and quality.

    Args:
        patch: side in pixels.
        atoms: columns of the dictionary.
        depth: K, the number of steps.
        quality_low: lowest JPEG quality of the bank.
        quality_high: highest.
        levels: how many qualities the bank has, evenly spaced.
    """
    qualities = quality_levels(quality_low, quality_high, levels)
    prior = L1Prior(quality_thresholds(qualities, depth, atoms))
    return Unrolled(random_fidelity(1, patch, atoms), prior, proximal, depth)


def csr_jpeg(
    patch: int = 9,
    atoms: int = 256,
    depth: int = 24,
    quality_low: int = 10,
    quality_high: int = 40,
    levels: int = 4,
    refresh: int = 6,
    window: int = 48,
    thin: int = 9,
) -> Unrolled:
    """Codes pulled to the mean of similar patches' codes; arguments as `groupsc_jpeg`."""
    qualities = quality_levels(quality_low, quality_high, levels)
    pull = Bank(qualities, torch.full((levels, atoms), 0.5))
    prior = CentralizedPrior(quality_thresholds(qualities, depth, atoms), pull)
    neighbours = similarity(qualities, patch, depth, refresh, Lattice(window, thin))
    return Unrolled(random_fidelity(1, patch, atoms), prior, proximal, depth, neighbours)


def groupsc_jpeg(
    patch: int = 9,
    atoms: int = 256,
    depth: int = 24,
    quality_low: int = 10,
    quality_high: int = 40,
    levels: int = 4,
    refresh: int = 6,
    window: int = 48,
    thin: int = 9,
) -> Unrolled:
    """Sparse codes that similar patches share.

    Args:
        patch: side in pixels.
        atoms: columns of the dictionary.
        depth: K, the number of steps.
        quality_low: lowest JPEG quality of the bank.
        quality_high: highest.
        levels: how many qualities the bank has, evenly spaced.
        refresh: steps between refreshes of the similarities.
        window: side of the search window in patch positions.
        thin: compare with one in so many patches of the window, odd.
    """
    qualities = quality_levels(quality_low, quality_high, levels)
    prior = GroupPrior(quality_thresholds(qualities, depth, atoms))
    neighbours = similarity(qualities, patch, depth, refresh, Lattice(window, thin))
    return Unrolled(random_fidelity(1, patch, atoms), prior, proximal, depth, neighbours)


def quality_levels(low: int, high: int, levels: int) -> list[float]:
    """Evenly spaced qualities, divided by 100.

    Raises:
        ValueError: levels and qualities do not go together.
    """
    if levels < 1 or (levels == 1) != (low == high):
        raise ValueError(
            f"levels is {levels} for quality {low} to {high}; give 1 level for one quality, 2 or "
            "more for a range"
        )
    return [quality / 100 for quality in torch.linspace(low, high, levels).tolist()]


def quality_thresholds(qualities: list[float], depth: int, atoms: int) -> Bank:
    """Thresholds at the start: those of noise that errs as much."""
    return Bank(qualities, torch.full((len(qualities), depth, atoms), 0.15 * LIKE_NOISE))


def similarity(
    qualities: list[float], patch: int, depth: int, refresh: int, lattice: Lattice
) -> Similarity:
    """A similarity refreshed every `refresh` steps after the first gradient step."""
    kappa = torch.full((len(qualities), 1, patch**2), (2 * patch**2) ** -0.5 / LIKE_NOISE)
    return Similarity(
        Bank(qualities, kappa),
        Bank(qualities, torch.ones(len(qualities), 1)),
        refresh=range(refresh + 1, depth, refresh),
        lattice=lattice,
    )
