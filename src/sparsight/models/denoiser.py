"""Images of any size and colour through a model of small blocks.

The image is mirrored by a patch side less one at its borders, so that every pixel has as many
estimates as any other, and cut into blocks that share out its patches (`ops.block_grid`). The
grid depends on the image's size alone: strips of blocks are restored from top to bottom and
leave as soon as they are complete, and memory holds one strip, whatever the image's height.
"""

from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from sparsight.models.colour import LuminanceChrominance
from sparsight.models.unrolled import Unrolled
from sparsight.ops import Grid, block_grid, count_patches

ReadRows = Callable[[int, int], Tensor]


class Denoiser(nn.Module):
    """Removes Gaussian noise from images.

    Args:
        model: restores a block of (b, channels, h, w).
        block: greatest side of a block in pixels; for models with neighbours it bounds the
            search for similar patches, for others it is a matter of speed.
    """

    def __init__(self, model: Unrolled, block: int):
        super().__init__()
        self.model = model
        self.block = block
        self.margin = model.fidelity.side - 1

    @property
    def channels(self) -> int:
        """Of the model: 1 grey, 3 RGB."""
        return self.model.fidelity.channels

    @torch.inference_mode()
    def forward(
        self, y: Float[Tensor, "b c h w"], sigma: float | Tensor | None = None
    ) -> Float[Tensor, "b c h w"]:
        """Restored images, not clipped.

        Args:
            y: noisy images in [0, 1], grey or RGB, from one patch side up.
            sigma: noise level in [0, 1] units, one number or one per image; a model of a
                single noise level needs none.

        Raises:
            ValueError: too small an image, a number of channels or a sigma that cannot be
                restored.
        """
        restored = self._strips(lambda top, bottom: y[:, :, top:bottom], y.shape, sigma, _silent)
        return torch.cat([rows for _, rows in restored], 2)

    def strips(
        self,
        read_rows: ReadRows,
        size: tuple[int, int, int],
        sigma: float | Tensor | None = None,
        progress: Callable[[], None] = lambda: None,
    ) -> Iterator[tuple[int, Float[Tensor, "c r w"]]]:
        """Restores one image strip by strip.

        Args:
            read_rows: (top, bottom) -> the image's rows, (c, bottom - top, w) in [0, 1].
            size: channels, height and width of the image.
            sigma: noise level in [0, 1] units.
            progress: called after every block; there are `steps(size)`.

        Yields:
            The first row of a strip, and the strip.
        """

        def read(top: int, bottom: int) -> Tensor:
            rows = torch.as_tensor(read_rows(top, bottom))[None]
            return rows.to(self.model.fidelity.dictionary)

        strips = self._strips(read, (1, *size), sigma, progress)
        while True:
            # The mode must not stay on in the caller while it has a strip in hand.
            with torch.inference_mode():
                strip = next(strips, None)
            if strip is None:
                return
            yield strip[0], strip[1][0]

    def steps(self, size: tuple[int, int, int]) -> int:
        """How many blocks an image of (c, h, w) is cut into."""
        grid = self._grid(*size[1:])
        return len(grid.rows) * len(grid.columns)

    def _strips(
        self,
        read: ReadRows,
        size: tuple[int, ...],
        sigma: float | Tensor | None,
        progress: Callable[[], None],
    ) -> Iterator[tuple[int, Tensor]]:
        b, c, height, width = size
        restore = self._for_channels(c)
        grid = self._grid(height, width)
        level = self._levels(sigma, b)
        carried: Tensor | None = None
        for number, (top, bottom) in enumerate(grid.rows):
            band = self._mirrored(read, top, bottom, height)
            total = torch.zeros_like(band)
            if carried is not None:
                total[:, :, : carried.shape[2]] = carried
            for left, right in grid.columns:
                block = restore(band[..., left:right], level)
                count = count_patches(block.shape[2], block.shape[3], self.margin + 1, block)
                total[..., left:right] += count * block
                progress()
            last = number + 1 == len(grid.rows)
            done = bottom if last else grid.rows[number + 1][0]
            carried = total[:, :, done - top :]
            yield from self._finished(total[:, :, : done - top], top, (height, width))

    def _finished(
        self, total: Tensor, top: int, size: tuple[int, int]
    ) -> Iterator[tuple[int, Tensor]]:
        """Divides by the number of estimates and takes the margin off."""
        side, margin = self.margin + 1, self.margin
        first, end = max(top, margin), min(top + total.shape[2], size[0] + margin)
        if first < end:
            # Inside the margin every pixel has side**2 estimates.
            inner = total[:, :, first - top : end - top, margin : margin + size[1]]
            yield first - margin, inner / side**2

    def _grid(self, height: int, width: int) -> Grid:
        side = self.margin + 1
        if min(height, width) < side:
            raise ValueError(
                f"the image is {height}x{width}; this model needs at least {side}x{side}"
            )
        return block_grid(height + 2 * self.margin, width + 2 * self.margin, self.block, side)

    def _mirrored(self, read: ReadRows, top: int, bottom: int, height: int) -> Tensor:
        """Rows top to bottom of the image with mirrored margins."""
        rows = torch.arange(top - self.margin, bottom - self.margin).abs()
        rows = torch.minimum(rows, 2 * (height - 1) - rows)
        first, last = int(rows.min()), int(rows.max())
        band = read(first, last + 1)
        band = band.index_select(2, (rows - first).to(band.device))
        return F.pad(band, (self.margin, self.margin, 0, 0), mode="reflect")

    def _for_channels(self, channels: int) -> nn.Module:
        if channels == self.channels:
            return self.model
        if self.channels == 1 and channels == 3:
            return LuminanceChrominance(self.model).to(self.model.fidelity.dictionary)
        raise ValueError(f"the image has {channels} channels; this model restores {self.channels}")

    def _levels(self, sigma: float | Tensor | None, b: int) -> Tensor | None:
        if sigma is None:
            return None
        level = torch.as_tensor(sigma).to(self.model.fidelity.dictionary).reshape(-1)
        if not bool(((level >= 0) & (level <= 1)).all()) or len(level) not in (1, b):
            raise ValueError(
                f"sigma is {sigma}; give one number, or one per image, between 0 and 1 "
                "(8-bit noise levels divided by 255)"
            )
        return level.expand(b)


def _silent() -> None:
    """No progress to show."""
