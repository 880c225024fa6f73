"""Linear degradations with `A(x)` and `A_adjoint(y)`; one file each."""

from sparsight.operators.bayer import PATTERNS, bayer_mask, check_pattern, spread_mosaic
from sparsight.operators.blur import Blur
from sparsight.operators.downsample import Downsample
from sparsight.operators.fourier import MaskedFourier, PhasedFourier
from sparsight.operators.identity import Identity
from sparsight.operators.mask import Mask

__all__ = [
    "PATTERNS",
    "Blur",
    "Downsample",
    "Identity",
    "Mask",
    "MaskedFourier",
    "PhasedFourier",
    "bayer_mask",
    "check_pattern",
    "spread_mosaic",
]
