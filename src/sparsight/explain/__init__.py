"""What a model learned, and what it did: atoms, neighbours, steps, kernels, equilibria."""

from sparsight.explain.convergence import Convergence, Move, convergence
from sparsight.explain.kernels import Selection, kernel_selection
from sparsight.explain.parameters import Parameters, explain_parameters
from sparsight.explain.patch import explain_patch
from sparsight.explain.pixel import explain_pixel
from sparsight.explain.story import (
    Neighbour,
    PatchStory,
    PixelMove,
    PixelStory,
    StepRecord,
    Use,
)

__all__ = [
    "Convergence",
    "Move",
    "Neighbour",
    "Parameters",
    "PatchStory",
    "PixelMove",
    "PixelStory",
    "Selection",
    "StepRecord",
    "Use",
    "convergence",
    "explain_parameters",
    "explain_patch",
    "explain_pixel",
    "kernel_selection",
]
