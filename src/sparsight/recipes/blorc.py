"""BLORC on images: every patch denoised by a learned analysis operator, patches averaged.

min_x 1/2 ||x - y||^2 + ||W x||_1 per patch is one proximal step from y: a depth of 1.
"""

import torch

from sparsight.bank import REFERENCE, Bank
from sparsight.fidelities import PlainPatches
from sparsight.models import Unrolled
from sparsight.penalties import AnalysisPrior
from sparsight.recipes.groupsc import noise_levels
from sparsight.solvers import proximal


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
