"""Images of any size through a network: strips of tiles that overlap by all that a pixel sees.

A convolution sees the pixels beside its own, and all of the patch by which its kernels are chosen.
Tiles begin on the grid of patches and overlap by what all convolutions together see, so that tiled
and whole images are the same.
"""

import math
from collections.abc import Callable, Iterator

import torch
from jaxtyping import Float
from torch import Tensor, nn

from sparsight.models.boundary import check_channels, check_images, levels_of
from sparsight.models.colour import LuminanceChrominance
from sparsight.models.faint import within_noise
from sparsight.networks import Enhancer, SparseConv2d, Upscaler

ReadRows = Callable[[int, int], Tensor]
Span = tuple[int, int]


class Tiled(nn.Module):
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
        super().__init__()
        self.lowest = lowest
        self.network = network
        self.compute = compute
        self.step, self.reach = _patch_and_reach(network)
        self.tile = -(-tile // self.step) * self.step

    @property
    def device(self) -> torch.device:
        """Where the network computes."""
        return self._like().device

    @property
    def dtype(self) -> torch.dtype:
        """Of the network's numbers."""
        return self._like().dtype

    @property
    def channels(self) -> int:
        """Of the network: 1 grey, 3 RGB; it restores the other kind too."""
        return self.network.channels

    @property
    def scale(self) -> int:
        """How many times larger the output is."""
        return self.network.scale

    # Tiles are computed in inference mode, but what is returned must be of use to autograd.
    @torch.no_grad()
    def forward(self, y: Tensor, sigma: float | Tensor | None = None) -> Float[Tensor, "b _ _ _"]:
        """Restored images, not clipped, in the precision of y.

        Args:
            y: (b, c, h, w), grey or RGB in [0, 1].
            sigma: noise level in [0, 1] units, one number or one per image, for networks that
                look at it. Below `lowest` a change counts only as far as it can be noise.

        Raises:
            ValueError: y is no batch of images, a number of channels or a sigma that cannot be
                restored.
        """
        check_images(y)

        def read(top: int, bottom: int) -> Tensor:
            return y[:, :, top:bottom].to(self.dtype)

        strips = self._strips(read, y.shape, sigma, lambda: None)
        return torch.cat([rows for _, rows in strips], 2).to(y.dtype)

    def strips(
        self,
        read_rows: ReadRows,
        size: tuple[int, int, int],
        sigma: float | Tensor | None = None,
        progress: Callable[[], None] = lambda: None,
    ) -> Iterator[tuple[int, Float[Tensor, "c r _"]]]:
        """Restores one image strip by strip.

        Args:
            read_rows: (top, bottom) -> the image's rows, (c, bottom - top, w) in [0, 1]; asked
                for some rows more than once.
            size: channels, height and width of the image.
            sigma: as for `forward`.
            progress: called after every tile; there are `steps(size)`.

        Yields:
            The first row of a strip of the output, and the strip.
        """

        def read(top: int, bottom: int) -> Tensor:
            rows = torch.as_tensor(read_rows(top, bottom))[None]
            check_images(rows, "what read_rows gives")
            return rows.to(self._like())

        strips = self._strips(read, (1, *size), sigma, progress)
        while True:
            # The mode must not stay on in the caller while it has a strip in hand.
            with torch.no_grad():
                strip = next(strips, None)
            if strip is None:
                return
            yield strip[0], strip[1][0]

    def steps(self, size: tuple[int, int, int]) -> int:
        """How many tiles an image of (c, h, w) is cut into."""
        return math.prod(-(-length // self.tile) for length in size[1:])

    def _strips(
        self,
        read: ReadRows,
        size: tuple[int, ...],
        sigma: float | Tensor | None,
        progress: Callable[[], None],
    ) -> Iterator[tuple[int, Tensor]]:
        check_channels(size[1])
        level = self._level(sigma, size[0])
        strips = self._whole_changes(read, size, level, progress)
        return within_noise(strips, read, size[2], level, self.lowest)

    def _whole_changes(
        self,
        read: ReadRows,
        size: tuple[int, ...],
        level: Tensor | None,
        progress: Callable[[], None],
    ) -> Iterator[tuple[int, Tensor]]:
        _, channels, height, width = size
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
