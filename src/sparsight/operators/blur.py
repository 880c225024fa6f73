"""Convolution with a kernel, of which only what the kernel covers wholly is observed.

The image that is sought is larger than the observed one by the kernel's margin. Nothing is
assumed of what lies beyond the border of a photograph, so no frame of ringing grows from there.
"""

from dataclasses import dataclass

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class Blur:
    """y = k * x where the kernel fits into x.

    Args:
        kernel: rows and columns; a true convolution, so the kernel is what a bright point
            becomes.

    Raises:
        ValueError: a side is even, so that the kernel has no middle.
    """

    kernel: Float[Tensor, "r s"]

    def __post_init__(self):
        """Refuses kernels without a middle."""
        if any(side % 2 == 0 for side in self.kernel.shape):
            rows, columns = self.kernel.shape
            raise ValueError(
                f"the kernel has {rows} x {columns} entries; give it odd sides, "
                "so that it has a middle"
            )

    @property
    def margin(self) -> tuple[int, int]:
        """Rows and columns that x has more than y on each side."""
        return self.kernel.shape[0] // 2, self.kernel.shape[1] // 2

    def A(self, x: Float[Tensor, "b c _ _"]) -> Float[Tensor, "b c _ _"]:
        """The blurred image, smaller by the margin."""
        planes = F.conv2d(x.flatten(0, 1)[:, None], self._weights(x).flip(2, 3))
        return planes[:, 0].unflatten(0, x.shape[:2])

    def A_adjoint(self, y: Float[Tensor, "b c _ _"]) -> Float[Tensor, "b c _ _"]:
        """Correlation with the kernel, larger by the margin."""
        planes = F.conv_transpose2d(y.flatten(0, 1)[:, None], self._weights(y).flip(2, 3))
        return planes[:, 0].unflatten(0, y.shape[:2])

    def extend(self, y: Float[Tensor, "b c _ _"]) -> Float[Tensor, "b c _ _"]:
        """An image of the size that is sought, its border repeated: where a solver may start."""
        rows, columns = self.margin
        return F.pad(y, (columns, columns, rows, rows), mode="replicate")

    def crop(self, x: Float[Tensor, "b c _ _"]) -> Float[Tensor, "b c _ _"]:
        """The part of x that stands where y does."""
        rows, columns = self.margin
        return x[..., rows : x.shape[-2] - rows, columns : x.shape[-1] - columns]

    def _weights(self, like: Tensor) -> Tensor:
        return self.kernel.to(like)[None, None]
