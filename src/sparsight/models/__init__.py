"""Models: image in, image out, built from the other rooms."""

from sparsight.models.denoiser import Denoiser
from sparsight.models.unrolled import Unrolled
from sparsight.models.variational import Solution, Variational

__all__ = ["Denoiser", "Solution", "Unrolled", "Variational"]
