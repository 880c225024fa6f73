"""Models: image in, image out, built from the other rooms."""

from sparsight.models.analysis_denoiser import AnalysisDenoiser
from sparsight.models.any_level import AnyLevel
from sparsight.models.deblocker import Deblocker
from sparsight.models.denoiser import Denoiser
from sparsight.models.filler import Filler
from sparsight.models.local import LocalRegularizer
from sparsight.models.photons import PhotonDenoiser
from sparsight.models.regularizer import TVRegularizer
from sparsight.models.scan import ScanRestorer, check_fit
from sparsight.models.stereo import RegularizedStereo
from sparsight.models.strengths import Strengths, strengths_of
from sparsight.models.tiled import Tiled
from sparsight.models.unrolled import Unrolled
from sparsight.models.variational import Solution, Variational

__all__ = [
    "AnalysisDenoiser",
    "AnyLevel",
    "Deblocker",
    "Denoiser",
    "Filler",
    "LocalRegularizer",
    "PhotonDenoiser",
    "RegularizedStereo",
    "ScanRestorer",
    "Solution",
    "Strengths",
    "TVRegularizer",
    "Tiled",
    "Unrolled",
    "Variational",
    "check_fit",
    "strengths_of",
]
