"""Algorithms: steps of splitting methods and of games, and their step sizes."""

from sparsight.solvers.minimise import Adam, Gradient, NonmonotoneAccelerated
from sparsight.solvers.steps import extragradient, field, forward_backward, gradient, proximal
from sparsight.solvers.stepsizes import BarzilaiBorwein, LearnedStepSize

__all__ = [
    "Adam",
    "BarzilaiBorwein",
    "Gradient",
    "LearnedStepSize",
    "NonmonotoneAccelerated",
    "extragradient",
    "field",
    "forward_backward",
    "gradient",
    "proximal",
]
