"""Part of the Fourier transform: A = P F, compressed-sensing MRI (Games eq. (9)).

F is orthonormal, and its zero frequency stands at [0, 0]: nothing is shifted. Where a scanner's
k-space has it in the middle, `ifftshift` comes first.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Complex, Float
from torch import Tensor


@dataclass(frozen=True)
class MaskedFourier:
    """Some frequencies of a real image.

    Args:
        mask: P, 1 where a frequency was observed, 0 elsewhere.
    """

    mask: Float[Tensor, "#b 1 #h w"]

    def A(self, x: Float[Tensor, "b 1 h w"]) -> Complex[Tensor, "b 1 h w"]:
        """The observed frequencies, 0 elsewhere."""
        return self.mask * torch.fft.fft2(x, norm="ortho")

    def A_adjoint(self, y: Complex[Tensor, "b 1 h w"]) -> Float[Tensor, "b 1 h w"]:
        """The real image whose inner products with others are y's: zero-filling, its real part."""
        return torch.fft.ifft2(self.mask * y, norm="ortho").real


@dataclass(frozen=True)
class PhasedFourier:
    """Some frequencies of images with a phase, each a pair of real images in the batch.

    A model of real images so restores the real and the imaginary part, and the data tie them.

    Args:
        mask: as in `MaskedFourier`.
    """

    mask: Float[Tensor, "#b 1 #h w"]

    def A(self, x: Float[Tensor, "_ 1 h w"]) -> Complex[Tensor, "b 1 h w"]:
        """The observed frequencies of images of 2 b parts: real, imaginary, real, ..."""
        real, imaginary = x[0::2], x[1::2]
        return self.mask * torch.fft.fft2(torch.complex(real, imaginary), norm="ortho")

    def A_adjoint(self, y: Complex[Tensor, "b 1 h w"]) -> Float[Tensor, "_ 1 h w"]:
        """Zero-filling: real and imaginary parts in turn."""
        image = torch.fft.ifft2(self.mask * y, norm="ortho")
        return torch.stack([image.real, image.imag], 1).flatten(0, 1)
