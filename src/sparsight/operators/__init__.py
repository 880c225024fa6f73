"""Linear degradations with `A(x)` and `A_adjoint(y)`; one file each."""

from sparsight.operators.fourier import MaskedFourier, PhasedFourier

__all__ = ["MaskedFourier", "PhasedFourier"]
