"""Models: image in, image out, built from the other rooms."""

from sparsight.models.denoiser import Denoiser
from sparsight.models.unrolled import Unrolled

__all__ = ["Denoiser", "Unrolled"]
