"""BLORC on images: patches denoised by a learned analysis operator and averaged, or whole images.

min_x 1/2 ||x - y||^2 + ||W x||_1, per patch or with filters for W on the image, is one proximal
step from y: a depth of 1.
"""

import torch

from sparsight.bank import REFERENCE, Bank
from sparsight.data.signals import dct_matrix
from sparsight.fidelities import PixelFidelity, PlainPatches
from sparsight.models import Unrolled
from sparsight.penalties import AnalysisPrior, ConvolvedAnalysisPrior
from sparsight.penalties.convolved import UNIT
from sparsight.recipes.groupsc import noise_levels
from sparsight.solvers import proximal

# What the DCT does best with, in deviations of the noise over the side of a filter.
START = 0.22


def blorc(
    patch: int = 8,
    operators: int = 1,
    sigma_low: float = 25.0,
    sigma_high: float = 25.0,
    levels: int = 1,
) -> Unrolled:
    """One W for all noise levels, with a factor for each.

    W begins as so many identities, a tenth of the noise in strength.

    Args:
        patch: side.
        operators: square ones that W is stacked of.
        sigma_low: lowest noise level of the factors, 8-bit units.
        sigma_high: highest.
        levels: how many levels, evenly spaced; 1 for one noise level.
    """
    noise = noise_levels(sigma_low, sigma_high, levels)
    sigma = noise[0] if levels == 1 else REFERENCE
    strength = Bank(noise, torch.ones(levels, 1), homogeneity=1.0)
    analysis = torch.eye(patch**2).repeat(operators, 1) * sigma / operators
    return Unrolled(PlainPatches(patch), AnalysisPrior(analysis, strength), proximal, 1)


def blorc_convolved(
    side: int = 5,
    sigma_low: float = 25.0,
    sigma_high: float = 25.0,
    levels: int = 1,
) -> Unrolled:
    """Filters on whole images, with a strength for each at each noise level.

    They begin as the DCT of their side without its constant, all of one strength.

    Args:
        side: of a filter in pixels.
        sigma_low: lowest noise level of the strengths, 8-bit units.
        sigma_high: highest.
        levels: how many levels, evenly spaced; 1 for one noise level.

    Raises:
        ValueError: filters of one pixel, which but for the constant are none.
    """
    if side < 2:
        raise ValueError(f"side is {side}; give a filter 2 pixels or more")
    noise = noise_levels(sigma_low, sigma_high, levels)
    sigma = noise[0] if levels == 1 else REFERENCE
    waves = dct_matrix(side).float()
    filters = torch.einsum("ai,bj->abij", waves, waves).reshape(-1, 1, side, side)[1:]
    start = START * sigma / side / UNIT
    strength = Bank(noise, torch.full((levels, len(filters)), start), homogeneity=1.0)
    prior = ConvolvedAnalysisPrior(filters.contiguous(), strength)
    return Unrolled(PixelFidelity(1, side - 1), prior, proximal, 1)
