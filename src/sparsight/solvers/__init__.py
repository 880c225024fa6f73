"""Steps: functions that move codes once."""

from sparsight.solvers.steps import forward_backward, proximal

__all__ = ["forward_backward", "proximal"]
