"""Images of any size and colour through a model of small blocks.

The image is mirrored at its borders by a patch side less one, so that every pixel has as many
estimates as any other, and cut into blocks that share out its patches (`ops.block_grid`). The
grid depends on the image's size alone: strips of blocks are restored from top to bottom and
leave as soon as they are complete, and memory holds one strip, whatever the image's height.

Blocks may overlap by more, as the paper's do (its table 9): a pixel is then the mean of the
estimates of all blocks.

A model of pixels has no patches to share out: its blocks overlap by as far as a pixel's
neighbourhood reaches in all its moves, and the overlap is thrown away.
"""

from collections.abc import Callable, Iterator
from itertools import chain

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sparsight.models.boundary import KINDS, levels_of
from sparsight.models.colour import LuminanceChrominance
from sparsight.models.strips import InStrips, ReadRows, Size
from sparsight.models.unrolled import Unrolled
from sparsight.ops import Grid, Span, block_grid, cover, mirrored
from sparsight.ops.speed import map_on_threads

# Blocks that are restored together.
BATCH = 4


class Denoiser(InStrips):
    """Removes Gaussian noise from images.

    Args:
        model: restores a block of (b, channels, h, w).
        block: greatest side of a block in pixels; for models with neighbours it bounds the
            search for similar patches, for others it is a matter of speed.
        reach: for models of pixels, how far in pixels others matter to one.
        overlap: how many blocks restore a patch in each direction; 1 shares patches out. Of use
            to models with neighbours, which see others in another block.
        lowest: noise level in [0, 1] units from which on the model was trained; where there is
            less noise, no change counts that is larger (`within_noise`).
        turns: in how many orientations a block is restored, 1 to 4; the mean counts.
    """

    def __init__(
        self,
        model: Unrolled,
        block: int,
        reach: int = 0,
        overlap: int = 1,
        lowest: float = 0.0,
        turns: int = 1,
    ):
        super().__init__(lowest)
        self.overlap = overlap
        self.turns = turns
        self.model = model
        self.block = block
        self.reach = reach
        self.margin = reach or model.fidelity.side - 1
        # What blocks share out: patches, or pixels with all that matters to them about them.
        self.side = 2 * reach + 1 if reach else model.fidelity.side

    @property
    def channels(self) -> int:
        """Of the model: 1 grey, 3 RGB."""
        return self.model.fidelity.channels

    def steps(self, size: tuple[int, int, int]) -> int:
        """How many blocks an image of (c, h, w) is cut into."""
        grid = self._grid(*size[1:])
        return len(grid.rows) * len(grid.columns)

    def _level(self, sigma: float | Tensor | None, count: int) -> Tensor | None:
        return None if sigma is None else levels_of(sigma, count, self._like())

    def _whole_changes(
        self,
        read: ReadRows,
        size: Size,
        level: Tensor | None,
        progress: Callable[[], None],
    ) -> Iterator[tuple[int, Tensor]]:
        b, c, height, width = size
        model = self._for_channels(c)
        grid = self._grid(height, width)

        def restore(blocks: list[Tensor]) -> list[Tensor]:
            with torch.inference_mode():  # a mode belongs to a thread
                levels = None if level is None else level.repeat(len(blocks))
                y = torch.cat(blocks)
                together = _mean_over_turns(lambda x: model(x, levels), y, self.turns)
                return list((together * self._count(*y.shape[2:])).split(b))

        columns = _alike(grid.columns)
        bands = (self._mirrored(read, span, grid, (height, width)) for span in grid.rows)
        batches = ([band[..., a:b] for a, b in spans] for band in bands for spans in columns)
        restored = chain.from_iterable(map_on_threads(restore, batches, self._threads()))
        strides = self.model.fidelity.stride
        down, across = map(self._covered, (grid.rows, grid.columns), strides)
        carried = self._like().new_zeros(b, c, 0, grid.size[1])
        for number, (top, bottom) in enumerate(grid.rows):
            total = F.pad(carried, (0, 0, 0, bottom - top - carried.shape[2]))
            for left, right in chain.from_iterable(columns):
                total[..., left:right] += next(restored)
                progress()
            last = number + 1 == len(grid.rows)
            done = bottom if last else grid.rows[number + 1][0]
            carried = total[:, :, done - top :]
            # The margin comes off.
            first, end = max(top, self.margin), min(done, height + self.margin)
            if first < end:
                inner = slice(self.margin, self.margin + width)
                count = down[first:end, None] * across[inner]
                yield first - self.margin, total[:, :, first - top : end - top, inner] / count

    def _check_gaps(self, gaps: bool) -> None:
        if gaps and self.reach:
            raise ValueError("gaps is True; this model is one of pixels and fills none")

    def _threads(self) -> int | None:
        return None if self.device.type == "cpu" else 1

    def _like(self) -> Tensor:
        return next(self.model.parameters())

    def _count(self, height: int, width: int) -> Tensor:
        """How many estimates each pixel of a block has, (height, width)."""
        step = self.model.fidelity.stride
        return self._line(height, step[0])[:, None] * self._line(width, step[1])

    def _line(self, length: int, step: int) -> Tensor:
        """How many estimates each pixel of a block has along one side of it."""
        if not self.reach:
            return cover(length, self.side, step, self._like())
        count = self._like().new_zeros(length)
        count[self.reach : -self.reach] = 1
        return count

    def _covered(self, spans: tuple[Span, ...], step: int) -> Tensor:
        """How many estimates each pixel has along one side of the image, from all blocks."""
        count = self._like().new_zeros(spans[-1][1])
        for first, end in spans:
            count[first:end] += self._line(end - first, step)
        return count

    def _grid(self, height: int, width: int) -> Grid:
        least, side = self.model.fidelity.side, self.side
        if min(height, width) < least:
            raise ValueError(
                f"the image is {height}x{width}; this model needs at least {least}x{least}"
            )
        stride = self.model.fidelity.stride
        # Every pixel lies in as many patches as any other that far from a patch of the grid.
        down, right = (
            -(-(length + 2 * self.margin - side) // step) * step + side
            for length, step in zip((height, width), stride, strict=True)
        )
        return block_grid(down, right, self.block, side, stride, self.overlap)

    def _mirrored(
        self, read: ReadRows, span: tuple[int, int], grid: Grid, size: tuple[int, int]
    ) -> Tensor:
        """Rows of the image with mirrored margins."""
        rows = mirrored(span[0] - self.margin, span[1] - self.margin, size[0])
        columns = mirrored(-self.margin, grid.size[1] - self.margin, size[1])
        first, last = int(rows.min()), int(rows.max())
        band = read(first, last + 1)
        return band[:, :, (rows - first).to(band.device)][..., columns.to(band.device)]

    def _for_channels(self, channels: int) -> nn.Module:
        if channels == self.channels:
            return self.model
        if self.channels == 1 and channels == 3:
            return LuminanceChrominance(self.model).to(self._like())
        given, restored = (KINDS.get(c, f"of {c} channels") for c in (channels, self.channels))
        raise ValueError(f"the image is {given}; this model restores images that are {restored}")


def _alike(columns: tuple[Span, ...]) -> list[list[Span]]:
    """Blocks of a strip in batches of equal widths: small pieces one by one cost more."""
    widths = sorted({right - left for left, right in columns})
    same = [[span for span in columns if span[1] - span[0] == width] for width in widths]
    return [spans[i : i + BATCH] for spans in same for i in range(0, len(spans), BATCH)]


def _mean_over_turns(restore: Callable[[Tensor], Tensor], y: Tensor, turns: int) -> Tensor:
    """The mean of what is restored upright, and on the side once, twice, thrice."""
    total = restore(y)
    for k in range(1, turns):
        total = total + restore(y.rot90(k, (2, 3))).rot90(-k, (2, 3))
    return total / turns
