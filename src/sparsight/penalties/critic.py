"""A patch critic as regulariser: R(x) = mean of r over the patches of x (ALR eqs. (3) and (6)).

r is a convolutional network without padding that sees a patch and gives one number, small for
clean patches. Run over a whole image it gives the numbers of all patches of a grid at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


@dataclass(frozen=True)
class Layer:
    """A convolution of the critic.

    Args:
        channels: of its output.
        side: of its kernel.
        stride: rows and columns from one output to the next.
    """

    channels: int
    side: int = 3
    stride: int = 1


# Of the program that was published with the paper; the text has six 3 x 3 layers of stride 1.
PUBLISHED = (Layer(128), Layer(64), Layer(64, stride=3), Layer(64), Layer(32, 1), Layer(32, 1))


class PatchCritic(nn.Module):
    """r: convolutions without padding, ReLU between them, the mean over the last channels.

    Args:
        channels: of the image, 1 or 3.
        layers: from the image on.
    """

    def __init__(self, channels: int, layers: Sequence[Layer]):
        super().__init__()
        self.channels = channels
        widths = [channels, *(layer.channels for layer in layers)]
        self.convolutions = nn.ModuleList(
            nn.Conv2d(width, layer.channels, layer.side, layer.stride)
            for width, layer in zip(widths[:-1], layers, strict=True)
        )
        self.field, self.stride = receptive_field(layers)
        # The processor's convolutions of few channels are twice as fast with channels last.
        self.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b _ _"]:
        """The score of each patch on a grid.

        Args:
            x: images in [0, 1], at least a patch in size.

        Returns:
            Scores of the field x field patches, row by row every `stride` pixels.

        Raises:
            ValueError: too small an image, or another number of channels.
        """
        return self.features(x).mean(1)

    def features(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b k _ _"]:
        """The last convolution's channels, whose mean is the score; arguments as of a call.

        Raises:
            ValueError: x has other channels, or is smaller than what the critic sees.
        """
        if x.shape[1] != self.channels or min(x.shape[2:]) < self.field:
            _, c, h, w = x.shape
            raise ValueError(
                f"the image is {c} x {h} x {w}; this critic takes {self.channels} channels and "
                f"at least {self.field} x {self.field} pixels"
            )
        x = x.contiguous(memory_format=torch.channels_last)
        for convolution in self.convolutions[:-1]:
            x = F.relu(convolution(x))
        return self.convolutions[-1](x)

    def slope(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        """The gradient by x of the sum of all scores, to be differentiated by the parameters.

        The network is linear wherever no ReLU changes sides, so its gradient is a product of
        transposed convolutions and zeros where a ReLU is shut. Differentiating this product costs
        a third less than autograd's second derivatives, whose zeros are computed too.

        Args:
            x: as of a call; no gradient flows to it.
        """
        convolutions: list[nn.Conv2d] = list(self.convolutions)  # pyright: ignore[reportAssignmentType]
        *inner, last = convolutions
        sizes, open_places = [], []
        with torch.no_grad():
            z = x.contiguous(memory_format=torch.channels_last)
            for convolution in inner:
                sizes.append(z.shape[2:])
                z = F.relu(convolution(z))
                open_places.append((z > 0).to(z.dtype))
            sizes.append(z.shape[2:])
            ones = torch.ones_like(last(z)) / last.out_channels
        slope = _transposed(last, ones, sizes.pop())
        for convolution in reversed(inner):
            slope = _transposed(convolution, slope * open_places.pop(), sizes.pop())
        return slope

    def extra_repr(self) -> str:
        """What it sees."""
        return f"sees {self.field} x {self.field} pixels, every {self.stride}"


def _transposed(convolution: nn.Conv2d, slope: Tensor, size: torch.Size) -> Tensor:
    """The gradient by the input of a convolution, of the given rows and columns."""
    unseen = [
        (length - side) % stride
        for length, side, stride in zip(
            size, convolution.kernel_size, convolution.stride, strict=True
        )
    ]
    weight, stride = convolution.weight, convolution.stride
    return F.conv_transpose2d(slope, weight, None, stride, output_padding=unseen)  # pyright: ignore[reportArgumentType]


def receptive_field(layers: Sequence[Layer]) -> tuple[int, int]:
    """Side of the patch that a score depends on, and pixels from one score's patch to the next."""
    field, stride = 1, 1
    for layer in layers:
        field += (layer.side - 1) * stride
        stride *= layer.stride
    return field, stride


class Scores(Protocol):
    """What gives a number to each patch of an image."""

    @property
    def channels(self) -> int:
        """Of the image."""
        ...

    @property
    def field(self) -> int:
        """Side of the patch that a score depends on."""
        ...

    @property
    def stride(self) -> int:
        """Pixels from one score's patch to the next."""
        ...

    def __call__(self, x: Tensor) -> Tensor:
        """The scores, (b, rows, columns)."""
        ...


@dataclass(frozen=True, eq=False)
class CriticPenalty:
    """R(x) = mean of r over the patches of an image.

    Large images are gone through strip by strip, to the same result, so that memory does not
    grow with their height.

    Args:
        critic: trained; its parameters stay as they are.
        pixels: of a strip, about.
    """

    critic: Scores
    pixels: int = 2**18

    def value(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, " b"]:
        """R(x), one number per image."""
        scores = [self.critic(x[:, :, rows]) for rows in self._strips(x)]
        return torch.cat(scores, 1).mean((1, 2))

    def gradient(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        """Of each image's R by its pixels."""
        return self.value_and_gradient(x)[1]

    def value_and_gradient(
        self, x: Float[Tensor, "b c h w"]
    ) -> tuple[Float[Tensor, " b"], Float[Tensor, "b c h w"]]:
        """Both for little more than the price of the gradient."""
        total, gradient, count = x.new_zeros(len(x)), torch.zeros_like(x), 0
        for rows in self._strips(x):
            # Inside inference mode too: what is cloned outside it can have a gradient.
            with torch.inference_mode(False), torch.enable_grad():
                strip = x[:, :, rows].clone().detach().requires_grad_()
                scores = self.critic(strip)
                value = scores.sum((1, 2))
                (slope,) = torch.autograd.grad(value.sum(), strip)
            total += value.detach()
            gradient[:, :, rows] += slope
            count += scores.shape[1] * scores.shape[2]
        return total / count, gradient / count

    def _strips(self, x: Tensor) -> list[slice]:
        """Rows whose patches begin in one strip and in no other."""
        field, stride = self.critic.field, self.critic.stride
        places = max(0, x.shape[2] - field) // stride + 1
        step = max(1, self.pixels // (x.shape[0] * x.shape[3] * stride))
        firsts = range(0, places, step)
        ends = [min(first + step, places) - 1 for first in firsts]
        return [slice(a * stride, b * stride + field) for a, b in zip(firsts, ends, strict=True)]
