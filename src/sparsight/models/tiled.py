"""Images of any size through a network: strips of tiles that overlap by all that a pixel sees.

A convolution sees the pixels beside its own, and all of the patch by which its kernels are chosen.
Tiles begin on the grid of patches and overlap by what all convolutions together see, so that tiled
and whole images are the same.
"""

import math
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from sparsight.models.boundary import check_channels, levels_of
from sparsight.models.colour import LuminanceChrominance
from sparsight.models.strips import InStrips, ReadRows, Size
from sparsight.networks import Enhancer, SparseConv2d, Upscaler

Span = tuple[int, int]


class Tiled(InStrips):
    """A network for images of any size.

    Args:
        network: enlarges or restores.
        tile: side in pixels of what a tile adds; rounded up to whole patches.
        compute: what convolutions compute in; bfloat16 rounds what the network adds to an image.
        lowest: noise level in [0, 1] units from which on the network was trained; where there is
            less noise, no change counts that is larger (`within_noise`).
    """

    def __init__(
        self,
        network: Upscaler | Enhancer,
        tile: int = 512,
        compute: torch.dtype = torch.float32,
        lowest: float = 0.0,
    ):
        super().__init__(lowest)
        self.network = network
        self.compute = compute
        self.step, self.reach = _patch_and_reach(network)
        self.tile = -(-tile // self.step) * self.step

    @property
    def channels(self) -> int:
        """Of the network: 1 grey, 3 RGB; it restores the other kind too."""
        return self.network.channels

    @property
    def scale(self) -> int:
        """How many times larger the output is."""
        return self.network.scale

    def steps(self, size: tuple[int, int, int]) -> int:
        """How many tiles an image of (c, h, w) is cut into."""
        return math.prod(-(-length // self.tile) for length in size[1:])

    def _check_gaps(self, gaps: bool) -> None:
        if gaps:
            raise ValueError("gaps is True; this model is a network and fills none")

    def _whole_changes(
        self,
        read: ReadRows,
        size: Size,
        level: Tensor | None,
        progress: Callable[[], None],
    ) -> Iterator[tuple[int, Tensor]]:
        _, channels, height, width = size
        check_channels(channels)
        for top in range(0, height, self.tile):
            (first, last), rows = self._span(top, height)
            band, parts = read(first, last), []
            for left in range(0, width, self.tile):
                (start, end), columns = self._span(left, width)
                out = self._restore(band[..., start:end], level)
                parts.append(out[:, :channels, rows, columns])
                progress()
            yield top * self.scale, torch.cat(parts, 3)

    def _span(self, first: int, length: int) -> tuple[Span, slice]:
        """What a tile sees of an axis, and which part of its output counts."""
        start = max(0, first - self.reach)
        last = min(first + self.tile, length)
        counts = slice((first - start) * self.scale, (last - start) * self.scale)
        return (start, min(last + self.reach, length)), counts

    def _like(self) -> Tensor:
        return next(self.network.parameters())

    def _level(self, sigma: float | Tensor | None, count: int) -> Tensor | None:
        """The noise levels, where the network looks at them."""
        looks = isinstance(self.network, Enhancer)
        return levels_of(sigma, count, self._like()) if looks else None

    @torch.inference_mode()
    def _restore(self, y: Tensor, level: Tensor | None) -> Tensor:
        if self.compute == torch.bfloat16:
            with torch.autocast(y.device.type, torch.bfloat16):
                return self._any_colour(y, level)
        return self._any_colour(y, level)

    def _any_colour(self, y: Tensor, level: Tensor | None) -> Tensor:
        wanted, given = self.network.channels, y.shape[1]
        if given == wanted:
            return self.network(y, level)
        if given == 1:
            return self.network(y.expand(-1, wanted, -1, -1), level).mean(1, keepdim=True)
        return LuminanceChrominance(self.network).to(y)(y, level)


def _patch_and_reach(network: nn.Module) -> tuple[int, int]:
    """The side of a patch, and how many pixels beyond its own patch one of the output sees."""
    convolutions = [m for m in network.modules() if isinstance(m, nn.Conv2d | SparseConv2d)]
    chosen = [m.patch for m in convolutions if isinstance(m, SparseConv2d) and m.side is not None]
    if None in chosen:
        raise ValueError(
            "the kernels are chosen by the whole image, which tiles cannot see; "
            "give a network whose sparse convolutions have a patch"
        )
    step, seen = math.lcm(*(patch for patch in chosen if patch is not None)), 0
    for layer in reversed(convolutions):
        # The first row needed of what goes into the layer, for a tile that begins at row 0.
        patch = layer.patch if isinstance(layer, SparseConv2d) and layer.patch else 1
        seen = min(seen - max(layer.kernel_size) // 2, seen // patch * patch)
    return step, -(seen // step) * step
