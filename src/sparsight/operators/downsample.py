"""Fewer pixels: each observed one is the mean of a square of the image that is sought."""

from dataclasses import dataclass

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class Downsample:
    """Means over squares.

    Args:
        factor: side of a square in pixels; sides of x must be multiples of it.
    """

    factor: int

    def A(self, x: Float[Tensor, "b c _ _"]) -> Float[Tensor, "b c _ _"]:
        """The means.

        Raises:
            ValueError: squares do not fill the image.
        """
        if any(side % self.factor for side in x.shape[-2:]):
            raise ValueError(
                f"the image is {x.shape[-2]}x{x.shape[-1]}; its sides must be multiples of "
                f"the factor {self.factor}: crop it"
            )
        return F.avg_pool2d(x, self.factor)

    def A_adjoint(self, y: Float[Tensor, "b c _ _"]) -> Float[Tensor, "b c _ _"]:
        """Each pixel spread evenly over its square."""
        spread = y.repeat_interleave(self.factor, -2).repeat_interleave(self.factor, -1)
        return spread / self.factor**2
