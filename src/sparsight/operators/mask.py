"""Pixels observed or lost, or observed with unequal trust: A = diag(m) (ALR section 1.1)."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
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

    def fill(self, y: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        """Lost samples from observed ones about them: where a solver may start.

        Each is the mean of what is known within the smallest of ever larger squares that holds
        anything.
        """
        seen = (self.weights > 0).to(y).expand_as(y)
        # Not a product: what stands at lost places may be NaN.
        observed = torch.where(seen > 0, y, 0.0)
        filled, known, radius = observed, seen, 1
        while bool((known == 0).any()) and radius < 2 * max(y.shape[2:]):
            count = F.avg_pool2d(seen, 2 * radius + 1, 1, radius)
            mean = F.avg_pool2d(observed, 2 * radius + 1, 1, radius) / count.clamp(min=1e-12)
            reached = (known == 0) & (count > 0)
            filled = torch.where(reached, mean, filled)
            known = torch.where(reached, torch.ones_like(known), known)
            radius *= 2
        return filled
