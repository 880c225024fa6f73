"""Residual networks of wide activation, plain or sparse (NSR section 4; WDSR, Yu et al. 2019).

Every block is x + conv(relu(conv(x))); the first convolution widens, the second narrows. All
convolutions have weight normalisation. EDSR is the case of width 1 in the same frame: so say the
parameter counts that NSR publishes.
"""

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.nn.utils.parametrizations import weight_norm

from sparsight.networks.gates import Gate, SoftmaxGate
from sparsight.networks.sparse_conv import SparseConv2d
from sparsight.ops import resize_bicubic

# (in channels, out channels) -> a convolution of 3 x 3 that keeps the size.
MakeConvolution = Callable[[int, int], nn.Module]
MIDDLE = 0.5
# What a new network adds to where it starts from, of what a usual initialisation would add.
FAINT = 0.1


def plain(in_channels: int, out_channels: int, size: int = 3) -> nn.Conv2d:
    """An ordinary convolution."""
    layer = nn.Conv2d(in_channels, out_channels, size, padding=size // 2)
    weight_norm(layer)
    return layer


def sparse(
    k: int,
    cardinality: int,
    patch: int | None = None,
    temperature: float = 1.0,
    gate: Gate | None = None,
) -> MakeConvolution:
    """Makes sparse convolutions; arguments as `SparseConv2d`."""
    make = partial(
        SparseConv2d,
        kernel_size=3,
        padding=1,
        groups_k=k,
        cardinality=cardinality,
        patch=patch,
        temperature=temperature,
        gate=gate or SoftmaxGate(),
    )
    return lambda in_channels, out_channels: weight_norm(make(in_channels, out_channels))


class Block(nn.Module):
    """x + conv(relu(conv(x))).

    Args:
        features: channels.
        width: how many times as many channels are between the two convolutions.
        convolution: makes them.
    """

    def __init__(self, features: int, width: int, convolution: MakeConvolution):
        super().__init__()
        self.wide = convolution(features, features * width)
        self.narrow = convolution(features * width, features)

    def forward(self, x: Float[Tensor, "b f h w"]) -> Float[Tensor, "b f h w"]:
        """The features, refined."""
        return x + self.narrow(F.relu(self.wide(x)))


class Upscaler(nn.Module):
    """Super-resolution of RGB images: the blocks beside one 5 x 5 convolution, then shuffled.

    The single convolution begins as bicubic interpolation, the blocks add little at first.

    Args:
        scale: 2, 3 or 4.
        blocks: how many.
        features: channels of the blocks.
        width: of the blocks.
        convolution: of the blocks.
    """

    channels = 3
    layout = torch.contiguous_format

    def __init__(
        self,
        scale: int,
        blocks: int = 16,
        features: int = 32,
        width: int = 4,
        convolution: MakeConvolution = plain,
    ):
        super().__init__()
        if scale not in (2, 3, 4):
            raise ValueError(f"scale is {scale}; give 2, 3 or 4")
        self.scale = scale
        out = self.channels * scale**2
        self.head = plain(self.channels, features)
        self.blocks = nn.Sequential(*(Block(features, width, convolution) for _ in range(blocks)))
        self.tail = plain(features, out)
        self.skip = plain(self.channels, out, 5)
        _start_as(self.tail, FAINT * self.tail.weight)
        _start_as(self.skip, _bicubic_kernels(scale, self.channels))

    def forward(
        self, y: Float[Tensor, "b 3 h w"], level: Float[Tensor, " b"] | None = None
    ) -> Float[Tensor, "b 3 _ _"]:
        """Images `scale` times as large.

        Args:
            y: RGB in [0, 1].
            level: not looked at; there for the sake of those networks that have one.
        """
        y = (y - MIDDLE).contiguous(memory_format=self.layout)
        added = self.tail(self.blocks(self.head(y)))
        # What the image is already must not be rounded where convolutions compute in bfloat16.
        with torch.autocast(y.device.type, enabled=False):
            return F.pixel_shuffle(added + self.skip(y), self.scale) + MIDDLE


class Enhancer(nn.Module):
    """Removes noise or compression artefacts, NSR section 4.3: y plus what the blocks say.

    Args:
        channels: 1 grey, 3 RGB.
        blocks: how many.
        features: channels of the blocks.
        width: of the blocks.
        convolution: of the blocks.
    """

    scale = 1
    layout = torch.contiguous_format

    def __init__(
        self,
        channels: int = 1,
        blocks: int = 16,
        features: int = 32,
        width: int = 2,
        convolution: MakeConvolution = plain,
    ):
        super().__init__()
        self.channels = channels
        self.head = plain(channels + 1, features)
        self.blocks = nn.Sequential(*(Block(features, width, convolution) for _ in range(blocks)))
        self.tail = plain(features, channels)
        _start_as(self.tail, FAINT * self.tail.weight)

    def forward(
        self, y: Float[Tensor, "b c h w"], level: Float[Tensor, " b"]
    ) -> Float[Tensor, "b c h w"]:
        """Restored images.

        Args:
            y: degraded, in [0, 1].
            level: between 0 and 1, the noise level, or the JPEG quality divided by 100. The
                network sees it as one channel more.
        """
        plane = level[:, None, None, None].expand(-1, 1, *y.shape[2:])
        seen = torch.cat([y - MIDDLE, plane], 1).contiguous(memory_format=self.layout)
        return y + self.tail(self.blocks(self.head(seen)))


def arrange(network: Upscaler | Enhancer) -> None:
    """Lets a network keep its features as its convolutions in bfloat16 are fastest.

    Ordinary convolutions want channels last; kernels of many patches side by side do not.
    """
    if not any(isinstance(m, SparseConv2d) and m.side is not None for m in network.modules()):
        network.layout = torch.channels_last


def settle(network: nn.Module) -> None:
    """Puts weights that training keeps as lengths and directions together, for good.

    The network computes the same and can be pickled.
    """
    for module in network.modules():
        if parametrize.is_parametrized(module, "weight"):
            parametrize.remove_parametrizations(module, "weight")
            # weight_norm leaves a hook for weights of older versions, which no pickle takes.
            module._load_state_dict_pre_hooks.clear()


def _start_as(layer: nn.Conv2d, weight: Tensor) -> None:
    with torch.no_grad():
        setattr(layer, "weight", weight)  # noqa: B010 - weight normalisation takes it apart
        layer.bias.zero_()  # pyright: ignore[reportOptionalMemberAccess]


def _bicubic_kernels(scale: int, channels: int) -> Float[Tensor, "o c 5 5"]:
    """The 5 x 5 kernels that, shuffled, interpolate bicubically: what single pixels grow to."""
    pixel = torch.zeros(1, 1, 11, 11)
    pixel[..., 5, 5] = 1
    grown = F.pixel_unshuffle(resize_bicubic(pixel, (11 * scale, 11 * scale)), scale)
    # A kernel is correlated, a response is convolved: turned by half a circle.
    taps = grown[0, :, 3:8, 3:8].flip(1, 2)
    return torch.einsum("cd,shw->csdhw", torch.eye(channels), taps).flatten(0, 1)
