"""An image continued beyond its border by its mirror image, so that border pixels count as others.

A penalty of patches meets pixels near the border in fewer patches than those inside, and would
leave a frame of noise there.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from sparsight.protocols import Joint


@dataclass(frozen=True)
class Mirrored:
    """R of the image with a mirrored margin.

    Args:
        penalty: R.
        margin: pixels on each side; half a patch lets as many patches be as there are pixels.
    """

    penalty: Joint
    margin: int

    def value(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, " b"]:
        """One number per image."""
        return self.penalty.value(self._continued(x))

    def gradient(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        """By the pixels of the image itself."""
        return self.value_and_gradient(x)[1]

    def value_and_gradient(
        self, x: Float[Tensor, "b c h w"]
    ) -> tuple[Float[Tensor, " b"], Float[Tensor, "b c h w"]]:
        """Both; what the margin is pulled by is added to the pixels that it mirrors."""
        value, slope = self.penalty.value_and_gradient(self._continued(x))
        for axis in (3, 2):
            size = *slope.shape[:axis], x.shape[axis], *slope.shape[axis + 1 :]
            slope = slope.new_zeros(size).index_add_(axis, self._places(x, axis), slope)
        return value, slope

    def _continued(self, x: Tensor) -> Tensor:
        for axis in (2, 3):
            x = x.index_select(axis, self._places(x, axis))
        return x

    def _places(self, x: Tensor, axis: int) -> Tensor:
        return mirrored_places(x.shape[axis], self.margin).to(x.device)


def mirrored_places(length: int, margin: int) -> Int64[Tensor, " _"]:
    """The places -margin to length + margin of a line, mirrored at its ends, ends repeated."""
    place = torch.arange(-margin, length + margin) % (2 * length)
    return torch.minimum(place, 2 * length - 1 - place)
