"""Each pixel its own code: h(z; y) = 1/2 ||z - y||^2 (Games section 3.1, pixel reconstruction).

A pixel is a patch of 1 x 1 with the identity for a dictionary and no mean taken away.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from sparsight.protocols import Eta, Observation


class PixelFidelity(nn.Module):
    """Codes are the pixels of the image that is sought.

    Args:
        channels: of the image; a code has that many numbers.
        margin: how far the image is mirrored beyond its borders; codes are of those pixels too.
    """

    synthesis: Tensor
    side = 1
    stride: tuple[int, int] = (1, 1)

    def __init__(self, channels: int = 1, margin: int = 0):
        super().__init__()
        self.channels = channels
        self.margin = margin
        self.register_buffer("synthesis", torch.eye(channels), persistent=False)

    def observe(
        self, y: Float[Tensor, "b c h w"], mask: Float[Tensor, "#b c h w"] | None = None
    ) -> Observation:
        """The pixels, row by row.

        Raises:
            ValueError: y has other channels than the model, or less than it mirrors.
        """
        if y.shape[1] != self.channels:
            raise ValueError(f"the image has {y.shape[1]} channels, the model {self.channels}")
        height, width = y.shape[2:]
        if self.margin >= min(height, width):
            least = self.margin + 1
            raise ValueError(f"the image is {height}x{width}; it must be at least {least}x{least}")
        images = [y] if mask is None else [y, mask.expand(-1, y.shape[1], -1, -1)]
        if self.margin:
            images = [F.pad(image, [self.margin] * 4, mode="reflect") for image in images]
        size = (images[0].shape[2], images[0].shape[3])
        pixels, *masks = [image.flatten(2) for image in images]
        observed = masks[0] if masks else None
        return Observation(pixels, 0 * pixels[:, :1], size, 1, (1, 1), observed, observed)

    def start(self, data: Observation) -> Float[Tensor, "b p n"]:
        """The observed pixels."""
        return data.centred

    def gradient(self, z: Float[Tensor, "b p n"], data: Observation) -> Float[Tensor, "b p n"]:
        """mask (z - y)."""
        gap = z - data.centred
        return gap if data.mask is None else data.mask * gap

    def descend(
        self, z: Float[Tensor, "b p n"], data: Observation, eta: Eta = 1.0
    ) -> Float[Tensor, "b p n"]:
        """z - eta * gradient(z)."""
        return z - eta * self.gradient(z, data)

    def predict(self, z: Float[Tensor, "b p n"], data: Observation) -> Float[Tensor, "b c h w"]:
        """The pixels at their places: the image that a measurement is compared with."""
        return z.unflatten(2, data.size)

    def pull(self, image: Float[Tensor, "b c h w"]) -> Float[Tensor, "b p n"]:
        """The pixels row by row."""
        return image.flatten(2)

    def estimate_patches(self, z: Float[Tensor, "b p n"]) -> Float[Tensor, "b p n"]:
        """The pixels."""
        return z

    def average(self, patches: Float[Tensor, "b p n"], data: Observation) -> Tensor:
        """The pixels: each has one estimate."""
        return patches

    def decode(self, z: Float[Tensor, "b p n"], data: Observation) -> Float[Tensor, "b c h w"]:
        """The pixels at their places, without the margin."""
        height, width = (slice(self.margin, length - self.margin) for length in data.size)
        return z.unflatten(2, data.size)[:, :, height, width]
