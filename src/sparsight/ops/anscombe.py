"""Makes noise of photons Gaussian of unit variance, and undoes that without bias.

The generalised Anscombe transformation (Starck, Murtagh and Bijaoui, "Image Processing and Data
Analysis", 1998), and the closed form of its exact unbiased inverse (Mäkitalo and Foi, "Optimal
inversion of the generalized Anscombe transformation for Poisson-Gaussian noise", IEEE Transactions
on Image Processing 22, 2013).
"""

import math

from jaxtyping import Float
from torch import Tensor

_LEAST = 2 * math.sqrt(3 / 8)  # what no photon becomes
_ROOT = math.sqrt(3 / 2)


def anscombe(
    y: Float[Tensor, "*b c h w"], gain: Float[Tensor, "#c 1 1"], variance: Float[Tensor, "#c 1 1"]
) -> Float[Tensor, "*b c h w"]:
    """Images whose noise has a standard deviation of 1.

    Args:
        y: images in which noise has the variance gain · E[y] + variance.
        gain: above 0; what a photon adds, in the units of y.
        variance: at 0, in squared units; negative where y has been raised by a constant.
    """
    photons = y / gain + variance / gain.square()
    return 2 * (photons + 3 / 8).clamp(min=0).sqrt()


def anscombe_inverse(
    x: Float[Tensor, "*b c h w"], gain: Float[Tensor, "#c 1 1"], variance: Float[Tensor, "#c 1 1"]
) -> Float[Tensor, "*b c h w"]:
    """The means of noisy images whose transformations have the means x.

    Args:
        x: denoised images, as `anscombe` gave them.
        gain: as for `anscombe`.
        variance: as for `anscombe`.
    """
    d = x.clamp(min=_LEAST)
    photons = d.square() / 4 + _ROOT / 4 / d - 11 / 8 / d.square() + 5 / 8 * _ROOT / d**3 - 1 / 8
    return gain * photons - variance / gain
