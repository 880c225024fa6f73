"""Models: image in, image out, built from the other rooms."""

from sparsight.models.analysis_denoiser import AnalysisDenoiser
from sparsight.models.denoiser import Denoiser
from sparsight.models.regularizer import TVRegularizer
from sparsight.models.scan import ScanRestorer, check_fit
from sparsight.models.stereo import RegularizedStereo
from sparsight.models.unrolled import Unrolled

__all__ = [
    "AnalysisDenoiser",
    "Denoiser",
    "RegularizedStereo",
    "ScanRestorer",
    "TVRegularizer",
    "Unrolled",
    "check_fit",
]
