"""What a model learned, and what it did: atoms, neighbours, steps, nearness to an equilibrium."""

from sparsight.explain.convergence import Convergence, Move, convergence
from sparsight.explain.parameters import Parameters, explain_parameters
from sparsight.explain.patch import explain_patch
from sparsight.explain.story import Neighbour, PatchStory, StepRecord, Use

__all__ = [
    "Convergence",
    "Move",
    "Neighbour",
    "Parameters",
    "PatchStory",
    "StepRecord",
    "Use",
    "convergence",
    "explain_parameters",
    "explain_patch",
]
