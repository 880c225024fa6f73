"""Pixels observed or lost, or observed with unequal trust: A = diag(m) (ALR section 1.1)."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class Mask:
    """Multiplies each sample by a number of its own.

    Args:
        weights: 1 where a sample was observed and 0 where it was lost; any other number weighs
            its error. A mosaic has one plane per channel.
    """

    weights: Float[Tensor, "#b #c h w"]

    def A(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        """The observed samples, 0 elsewhere."""
        return self.weights * x

    def A_adjoint(self, y: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        """The same: a diagonal is its own adjoint."""
        return self.weights * y
