"""Nothing but noise: A = I, pure denoising (ALR section 1.1)."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Identity:
    """The image itself is observed."""

    def A(self, x: Tensor) -> Tensor:
        """x."""
        return x

    def A_adjoint(self, y: Tensor) -> Tensor:
        """y."""
        return y
