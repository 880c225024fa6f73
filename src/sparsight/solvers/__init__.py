"""Algorithms: steps of splitting methods and of games, and their step sizes."""

from sparsight.solvers.minimise import Adam, Gradient, NonmonotoneAccelerated
from sparsight.solvers.steps import (
    HeavyBall,
    InertialForwardBackward,
    extragradient,
    field,
    forward_backward,
    gradient,
    proximal,
)
from sparsight.solvers.stepsizes import BarzilaiBorwein, LearnedStepSize

__all__ = [
    "Adam",
    "BarzilaiBorwein",
    "Gradient",
    "HeavyBall",
    "InertialForwardBackward",
    "LearnedStepSize",
    "NonmonotoneAccelerated",
    "extragradient",
    "field",
    "forward_backward",
    "gradient",
    "proximal",
]
