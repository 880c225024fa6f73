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
from jaxtyping import Float
from torch import Tensor, nn

from sparsight.models.boundary import KINDS, check_images, levels_of
from sparsight.models.colour import LuminanceChrominance
from sparsight.models.faint import within_noise
from sparsight.models.unrolled import Unrolled
from sparsight.ops import Grid, Span, block_grid, cover, mirrored
from sparsight.ops.speed import map_on_threads

# Blocks that are restored together.
BATCH = 4

ReadRows = Callable[[int, int], Tensor]
Size = tuple[int, int]


class Denoiser(nn.Module):
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
        super().__init__()
        self.overlap = overlap
        self.turns = turns
        self.lowest = lowest
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

    @property
    def device(self) -> torch.device:
        """Where the model computes."""
        return self._like().device

    @property
    def dtype(self) -> torch.dtype:
        """What the model computes in."""
        return self._like().dtype

    # Blocks are computed in inference mode, but what is returned must be of use to autograd.
    @torch.no_grad()
    def forward(
        self, y: Tensor, sigma: float | Tensor | None = None, gaps: bool = False
    ) -> Float[Tensor, "b c h w"]:
        """Restored images, not clipped, in the precision of y.

        Args:
            y: noisy images in [0, 1], (b, c, h, w), grey or RGB, from one patch side up.
            sigma: noise level in [0, 1] units, one number or one per image; a model of a
                single noise level needs none. Below `lowest` a change counts only as far as it
                can be noise.
            gaps: whether NaN marks pixels that were not observed; a model of patches fills them.

        Raises:
            ValueError: y is no batch of images, too small an image, a number of channels or a
                sigma that cannot be restored, or gaps for a model of pixels.
        """
        self._check_gaps(gaps)
        check_images(y, gaps=gaps)

        def read(top: int, bottom: int) -> Tensor:
            return y[:, :, top:bottom].to(self.dtype)

        restored = self._strips(read, y.shape, sigma, _silent)
        return torch.cat([rows for _, rows in restored], 2).to(y.dtype)

    def strips(
        self,
        read_rows: ReadRows,
        size: tuple[int, int, int],
        sigma: float | Tensor | None = None,
        progress: Callable[[], None] = lambda: None,
        gaps: bool = False,
    ) -> Iterator[tuple[int, Float[Tensor, "c r w"]]]:
        """Restores one image strip by strip.

        Args:
            read_rows: (top, bottom) -> the image's rows, (c, bottom - top, w) in [0, 1]; asked
                for some rows more than once.
            size: channels, height and width of the image.
            sigma: noise level in [0, 1] units.
            progress: called after every block; there are `steps(size)`.
            gaps: as for `forward`.

        Yields:
            The first row of a strip, and the strip.
        """
        self._check_gaps(gaps)

        def read(top: int, bottom: int) -> Tensor:
            rows = torch.as_tensor(read_rows(top, bottom))[None]
            check_images(rows, "what read_rows gives", gaps)
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
        level = None if sigma is None else levels_of(sigma, size[0], self._like())
        strips = self._whole_changes(read, size, level, progress)
        return within_noise(strips, read, size[2], level, self.lowest)

    def _whole_changes(
        self,
        read: ReadRows,
        size: tuple[int, ...],
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

    def _mirrored(self, read: ReadRows, span: tuple[int, int], grid: Grid, size: Size) -> Tensor:
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


def _silent() -> None:
    """No progress to show."""
