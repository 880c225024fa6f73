"""What a model did: how near to an equilibrium it came."""

from sparsight.explain.convergence import Convergence, Move, convergence

__all__ = ["Convergence", "Move", "convergence"]
