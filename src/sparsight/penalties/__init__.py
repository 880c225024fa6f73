"""Penalties psi and the priors that hold their learned numbers; one file each."""

from sparsight.penalties.analysis import AnalysisPenalty, AnalysisPrior, AnalysisRegulariser
from sparsight.penalties.centralized import CentralizedPenalty, CentralizedPrior
from sparsight.penalties.composite import Composite, CompositePrior
from sparsight.penalties.critic import PUBLISHED, CriticPenalty, Layer, PatchCritic
from sparsight.penalties.group import GroupPenalty, GroupPrior
from sparsight.penalties.l1 import L1Penalty, L1Prior
from sparsight.penalties.laplacian import LaplacianPenalty, LaplacianPrior
from sparsight.penalties.mirrored import Mirrored
from sparsight.penalties.potential import PixelPotential
from sparsight.penalties.smoothed import Smoothed, SmoothedPrior
from sparsight.penalties.total_variation import TotalVariationPenalty, TotalVariationPrior
from sparsight.penalties.variance import VariancePenalty, VariancePrior

__all__ = [
    "PUBLISHED",
    "AnalysisPenalty",
    "AnalysisPrior",
    "AnalysisRegulariser",
    "CentralizedPenalty",
    "CentralizedPrior",
    "Composite",
    "CompositePrior",
    "CriticPenalty",
    "GroupPenalty",
    "GroupPrior",
    "L1Penalty",
    "L1Prior",
    "LaplacianPenalty",
    "LaplacianPrior",
    "Layer",
    "Mirrored",
    "PatchCritic",
    "PixelPotential",
    "Smoothed",
    "SmoothedPrior",
    "TotalVariationPenalty",
    "TotalVariationPrior",
    "VariancePenalty",
    "VariancePrior",
]
