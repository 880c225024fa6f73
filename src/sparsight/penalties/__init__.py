"""Penalties psi and the priors that hold their learned numbers; one file each."""

from sparsight.penalties.analysis import AnalysisPenalty, AnalysisPrior, AnalysisRegulariser
from sparsight.penalties.centralized import CentralizedPenalty, CentralizedPrior
from sparsight.penalties.composite import Composite, CompositePrior, SmoothSum, SmoothSumPrior
from sparsight.penalties.convolved import ConvolvedAnalysisPenalty, ConvolvedAnalysisPrior
from sparsight.penalties.cosparse import CosparsePenalty, CosparsePrior
from sparsight.penalties.critic import PUBLISHED, CriticPenalty, Layer, PatchCritic, Scores
from sparsight.penalties.group import GroupPenalty, GroupPrior
from sparsight.penalties.growth import GrownCritic, Growth, growth_of
from sparsight.penalties.l1 import L1Penalty, L1Prior
from sparsight.penalties.laplacian import LaplacianPenalty, LaplacianPrior
from sparsight.penalties.local import LocalPrior
from sparsight.penalties.mirrored import Mirrored
from sparsight.penalties.pairwise import PairwisePrior
from sparsight.penalties.potential import PixelPotential
from sparsight.penalties.shared_group import (
    AsymmetricGroupPrior,
    SharedGroupPenalty,
    SymmetricGroupPrior,
)
from sparsight.penalties.smoothed import Smoothed, SmoothedPrior
from sparsight.penalties.squared import SquaredCritic
from sparsight.penalties.stand_in import StandIn, StandInPrior
from sparsight.penalties.total_variation import TotalVariationPenalty, TotalVariationPrior
from sparsight.penalties.variance import VariancePenalty, VariancePrior

__all__ = [
    "PUBLISHED",
    "AnalysisPenalty",
    "AnalysisPrior",
    "AnalysisRegulariser",
    "AsymmetricGroupPrior",
    "CentralizedPenalty",
    "CentralizedPrior",
    "Composite",
    "CompositePrior",
    "ConvolvedAnalysisPenalty",
    "ConvolvedAnalysisPrior",
    "CosparsePenalty",
    "CosparsePrior",
    "CriticPenalty",
    "GroupPenalty",
    "GroupPrior",
    "GrownCritic",
    "Growth",
    "L1Penalty",
    "L1Prior",
    "LaplacianPenalty",
    "LaplacianPrior",
    "Layer",
    "LocalPrior",
    "Mirrored",
    "PairwisePrior",
    "PatchCritic",
    "PixelPotential",
    "Scores",
    "SharedGroupPenalty",
    "SmoothSum",
    "SmoothSumPrior",
    "Smoothed",
    "SmoothedPrior",
    "SquaredCritic",
    "StandIn",
    "StandInPrior",
    "SymmetricGroupPrior",
    "TotalVariationPenalty",
    "TotalVariationPrior",
    "VariancePenalty",
    "VariancePrior",
    "growth_of",
]
