"""Cutting an image into blocks and merging restored blocks (GroupSC section 3.6).

A restored pixel is the mean over every patch estimate of every block that covers it; each
block therefore weighs by the number of its patches that cover the pixel. When neighbouring
blocks overlap by a patch side less one, every patch of the image lies in exactly one block,
and a model without neighbours gives the same image cut or whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from sparsight.ops.patches import Stride, count_patches

Span = tuple[int, int]


@dataclass(frozen=True)
class Grid:
    """Blocks are the products of row spans and column spans, in pixels, end excluded."""

    rows: tuple[Span, ...]
    columns: tuple[Span, ...]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the image that the grid covers."""
        return self.rows[-1][1], self.columns[-1][1]


def block_grid(
    height: int, width: int, block: int, patch: int, stride: Stride = (1, 1), overlap: int = 1
) -> Grid:
    """Blocks of at most `block` pixels a side that share out all patches, as evenly as can be.

    Args:
        height: of the image, in pixels, at least `patch`.
        width: likewise.
        block: greatest side of a block.
        patch: side of a patch; neighbouring blocks overlap by patch less stride pixels.
        stride: of the patches; rows and columns past the last patch are left out.
        overlap: how many blocks hold a patch in each direction, but for those near the image's
            border: other blocks then stand between those that share the patches out.

    Raises:
        ValueError: a block is smaller than a patch, or the image is.
    """
    if block < patch:
        raise ValueError(f"block is {block}; it must hold at least one patch of side {patch}")
    return Grid(
        _even_spans(height, block, patch, stride[0], overlap),
        _even_spans(width, block, patch, stride[1], overlap),
    )


def cut_blocks(image: Float[Tensor, "b c h w"], grid: Grid) -> list[Float[Tensor, "b c _ _"]]:
    """The blocks of the grid, row by row, as views of the image.

    Args:
        image: as large as the grid, or larger.
        grid: from `block_grid`.
    """
    return [
        image[..., top:bottom, left:right]
        for top, bottom in grid.rows
        for left, right in grid.columns
    ]


def merge_blocks(
    blocks: Sequence[Float[Tensor, "b c _ _"]], grid: Grid, patch: int
) -> Float[Tensor, "b c h w"]:
    """The image whose pixels are the means over all patch estimates of all blocks.

    Args:
        blocks: restored, in the order of `cut_blocks`.
        grid: that they were cut by.
        patch: side of a patch in pixels.
    """
    first = blocks[0]
    total = first.new_zeros(*first.shape[:2], *grid.size)
    weight = first.new_zeros(1, 1, *grid.size)
    spans = [(rows, columns) for rows in grid.rows for columns in grid.columns]
    for restored, ((top, bottom), (left, right)) in zip(blocks, spans, strict=True):
        count = count_patches(bottom - top, right - left, patch, restored)
        total[..., top:bottom, left:right] += count * restored
        weight[..., top:bottom, left:right] += count
    return total / weight


def _even_spans(length: int, block: int, patch: int, step: int, overlap: int) -> tuple[Span, ...]:
    if length < patch:
        raise ValueError(f"the image side is {length}; it must be at least {patch}, one patch")
    positions = (length - patch) // step + 1
    pieces = -(-positions // ((block - patch) // step + 1))
    cuts = torch.linspace(0, positions, pieces + 1, dtype=torch.float64).round().long().tolist()
    shares = list(zip(cuts[:-1], cuts[1:], strict=True))
    between = [
        tuple(
            edge + (after - edge) * part // overlap for edge, after in zip(one, other, strict=True)
        )
        for one, other in pairwise(shares)
        for part in range(1, overlap)
    ]
    return tuple((a * step, (b - 1) * step + patch) for a, b in sorted(shares + between))


def mirrored(first: int, end: int, length: int) -> Int64[Tensor, " _"]:
    """Places `first` to before `end` of a line of that length, mirrored at its ends, over and over.

    Args:
        first: below 0 before the line.
        end: above `first`.
        length: of the line.
    """
    period = max(2 * (length - 1), 1)
    place = torch.arange(first, end) % period
    return torch.minimum(place, period - place)
