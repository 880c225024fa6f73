"""Penalties psi and the priors that hold their learned numbers; one file each."""

from sparsight.penalties.analysis import AnalysisPenalty, AnalysisPrior, AnalysisRegulariser
from sparsight.penalties.centralized import CentralizedPenalty, CentralizedPrior
from sparsight.penalties.composite import Composite, CompositePrior
from sparsight.penalties.group import GroupPenalty, GroupPrior
from sparsight.penalties.l1 import L1Penalty, L1Prior
from sparsight.penalties.laplacian import LaplacianPenalty, LaplacianPrior
from sparsight.penalties.smoothed import Smoothed, SmoothedPrior
from sparsight.penalties.total_variation import TotalVariationPenalty, TotalVariationPrior
from sparsight.penalties.variance import VariancePenalty, VariancePrior

__all__ = [
    "AnalysisPenalty",
    "AnalysisPrior",
    "AnalysisRegulariser",
    "CentralizedPenalty",
    "CentralizedPrior",
    "Composite",
    "CompositePrior",
    "GroupPenalty",
    "GroupPrior",
    "L1Penalty",
    "L1Prior",
    "LaplacianPenalty",
    "LaplacianPrior",
    "Smoothed",
    "SmoothedPrior",
    "TotalVariationPenalty",
    "TotalVariationPrior",
    "VariancePenalty",
    "VariancePrior",
]
