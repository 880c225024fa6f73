"""Each patch its own code: h(z; y) = 1/2 ||mask (z - y)||^2 on centred patches.

The fidelity of priors that act on patches themselves (BLORC section 5.2): codes start as the
observed patches, and decoding averages them. Means are kept apart, as for sparse codes.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from sparsight.fidelities.patches import observe_patches
from sparsight.ops import average_patches, extract_patches
from sparsight.protocols import Eta, Observation


class PlainPatches(nn.Module):
    """Codes are the pixels of centred patches.

    Args:
        side: of a patch.
        channels: of the image.
        stride: rows and columns from one patch to the next.
    """

    synthesis: Tensor

    def __init__(self, side: int, channels: int = 1, stride: tuple[int, int] = (1, 1)):
        super().__init__()
        self.side = side
        self.channels = channels
        self.stride = stride
        self.register_buffer("synthesis", torch.eye(channels * side**2), persistent=False)

    def observe(
        self, y: Float[Tensor, "b c h w"], mask: Float[Tensor, "#b c h w"] | None = None
    ) -> Observation:
        """Cuts the image into centred patches.

        Raises:
            ValueError: y has other channels than the model, or is smaller than a patch.
        """
        if y.shape[1] != self.channels:
            raise ValueError(f"the image has {y.shape[1]} channels, the model {self.channels}")
        return observe_patches(y, self.side, self.stride, mask)

    def start(self, data: Observation) -> Float[Tensor, "b m n"]:
        """The observed patches."""
        return data.centred

    def gradient(self, z: Float[Tensor, "b m n"], data: Observation) -> Float[Tensor, "b m n"]:
        """mask (z - y)."""
        gap = z - data.centred
        return gap if data.mask is None else data.mask * gap

    def descend(
        self, z: Float[Tensor, "b m n"], data: Observation, eta: Eta = 1.0
    ) -> Float[Tensor, "b m n"]:
        """z - eta * gradient(z)."""
        return z - eta * self.gradient(z, data)

    def estimate_patches(self, z: Float[Tensor, "b m n"]) -> Float[Tensor, "b m n"]:
        """The patches."""
        return z

    def average(self, patches: Float[Tensor, "b m n"], data: Observation) -> Float[Tensor, "b m n"]:
        """Overlapping patches averaged into an image and cut again."""
        image = average_patches(patches, data.size, self.side, self.stride)
        return extract_patches(image, self.side, self.stride)

    def decode(self, z: Float[Tensor, "b m n"], data: Observation) -> Float[Tensor, "b c h w"]:
        """The average of patches plus means."""
        return average_patches(z + data.mean, data.size, self.side, self.stride)
