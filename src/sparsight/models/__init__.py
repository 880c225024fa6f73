"""Models: image in, image out, built from the other rooms."""

from sparsight.models.denoiser import Denoiser
from sparsight.models.scan import ScanRestorer, check_fit
from sparsight.models.unrolled import Unrolled

__all__ = ["Denoiser", "ScanRestorer", "Unrolled", "check_fit"]
