"""Overlapping cells of an image and back: what convolutions with kernels of their own see.

Torch's own gradient of overlapping windows scatters number by number; here all windows are laid
down at once, first without what overlaps, then the overlaps.
"""

from itertools import product
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

Pair = tuple[int, int]


def cut_cells(
    x: Float[Tensor, "b c h w"], span: Pair, step: Pair
) -> Float[Tensor, "b rows columns c down right"]:
    """Cells of `span` pixels, one every `step` pixels, as many as fit.

    Args:
        x: images.
        span: rows and columns of a cell.
        step: rows and columns from one cell to the next.
    """
    return _Cut.apply(x, span, step)  # pyright: ignore[reportReturnType]


def lay_cells(
    cells: Float[Tensor, "b rows columns c down right"], step: Pair, size: Pair
) -> Float[Tensor, "b c h w"]:
    """The adjoint of `cut_cells`: overlapping cells added up, 0 where there is none.

    Args:
        cells: as `cut_cells` gives them.
        step: rows and columns from one cell to the next.
        size: of the image, h and w.
    """
    b, rows, columns, c, *span = cells.shape
    parts = [-(-side // s) for side, s in zip(span, step, strict=True)]
    tiles = rows + parts[0] - 1, columns + parts[1] - 1
    total = cells.new_zeros(b, c, tiles[0], step[0], tiles[1], step[1])
    turned = cells.permute(0, 3, 1, 4, 2, 5)
    for i, j in product(range(parts[0]), range(parts[1])):
        part = turned[:, :, :, i * step[0] : (i + 1) * step[0]]
        part = part[..., j * step[1] : (j + 1) * step[1]]
        place = total[:, :, i : i + rows, : part.shape[3], j : j + columns, : part.shape[5]]
        # The first cover the most and meet zeros: to copy is faster than to add.
        place.add_(part) if i or j else place.copy_(part)
    image = total.flatten(4).flatten(2, 3)
    lacking = [n - have for n, have in zip(size, image.shape[2:], strict=True)]
    return F.pad(image, (0, max(0, lacking[1]), 0, max(0, lacking[0])))[..., : size[0], : size[1]]


class _Cut(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, span: Pair, step: Pair) -> Tensor:
        ctx.step, ctx.size = step, x.shape[2:]
        windows = x.unfold(2, span[0], step[0]).unfold(3, span[1], step[1])
        return windows.permute(0, 2, 3, 1, 4, 5).contiguous()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None]:
        return lay_cells(gradients[0], ctx.step, ctx.size), None, None
