"""A grey model on colour photographs: one luminance and two chrominances, restored apart.

The axes are orthogonal, so white noise stays white on each of them, only its level changes:
with equal noise on R, G and B it is 0.58, 0.71 and 0.61 of it on the three.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

# Rows map [0, 1]^3 onto [0, 1] once OFFSETS are added.
AXES = ((1 / 3, 1 / 3, 1 / 3), (1 / 2, 0.0, -1 / 2), (1 / 4, -1 / 2, 1 / 4))
OFFSETS = (0.0, 0.5, 0.5)


class LuminanceChrominance(nn.Module):
    """Makes a model of one channel restore three.

    Args:
        model: (b, 1, h, w), sigma (b,) -> (b, 1, h, w).
    """

    axes: Tensor
    offsets: Tensor

    def __init__(self, model: nn.Module):
        super().__init__()
        self.model = model
        self.register_buffer("axes", torch.tensor(AXES), persistent=False)
        self.register_buffer("offsets", torch.tensor(OFFSETS)[:, None, None], persistent=False)

    def forward(
        self, y: Float[Tensor, "b 3 h w"], sigma: Float[Tensor, " b"] | None
    ) -> Float[Tensor, "b 3 h w"]:
        """Restores RGB images with noise level sigma on each channel."""
        b = len(y)
        parts = torch.einsum("ac,bchw->bahw", self.axes, y) + self.offsets
        level = None
        if sigma is not None:
            level = (sigma[:, None] * self.axes.square().sum(1).sqrt()).flatten()
        restored = self.model(parts.flatten(0, 1)[:, None], level).unflatten(0, (b, 3))[:, :, 0]
        return torch.einsum("ca,bahw->bchw", self.axes.inverse(), restored - self.offsets)
