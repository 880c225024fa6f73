"""Overlapping patches: extraction and averaging (GroupSC eqs. (2), (5), (6)).

A patch is a vector of c * side * side numbers, channel slowest, column fastest; patches are
all windows inside the image, or one in `stride` rows and columns of them, numbered row by row.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

Stride = tuple[int, int]


def extract_patches(
    image: Float[Tensor, "b c h w"], side: int, stride: Stride = (1, 1)
) -> Float[Tensor, "b m n"]:
    """Every patch of the image, or those on a coarser grid.

    Args:
        image: at least side x side pixels.
        side: patch side in pixels.
        stride: rows and columns from one patch to the next.

    Returns:
        m = c * side**2 numbers for each of the n patches; at stride 1 n = (h - side + 1) *
        (w - side + 1).

    Raises:
        ValueError: the image is smaller than a patch.
    """
    height, width = image.shape[-2:]
    if min(height, width) < side:
        raise ValueError(
            f"the image is {height}x{width}; it must be at least {side}x{side}, one patch"
        )
    if image.device.type == "cpu":
        return F.unfold(image, side, stride=stride)
    return _Cut.apply(image, side, stride)  # pyright: ignore[reportReturnType]


def count_patches(
    height: int, width: int, side: int, like: Tensor, stride: Stride = (1, 1)
) -> Float[Tensor, "1 1 h w"]:
    """How many patches cover each pixel: at stride 1, 1 in the corners, side**2 inside.

    Args:
        height: of the image in pixels.
        width: likewise.
        side: of a patch.
        like: gives type and device.
        stride: rows and columns from one patch to the next.
    """
    rows = cover(height, side, stride[0], like)
    columns = cover(width, side, stride[1], like)
    return (rows[:, None] * columns)[None, None]


def cover(length: int, side: int, step: int, like: Tensor) -> Float[Tensor, " length"]:
    """How many patches cover each place of a line: that of an image is the product of two.

    Args:
        length: of the line in pixels.
        side: of a patch.
        step: from one patch to the next.
        like: gives type and device.
    """
    position = torch.arange(length, device=like.device)
    last = position.clamp(max=length - side) // step
    before = (position - side).clamp(min=-step) // step  # the last patch that ends before
    return (last - before).to(like.dtype)


def average_patches(
    patches: Float[Tensor, "b m n"], size: tuple[int, int], side: int, stride: Stride = (1, 1)
) -> Float[Tensor, "b c h w"]:
    """Puts patches back at their places; every pixel is the mean of its estimates, eq. (6).

    Args:
        patches: as `extract_patches` gives them.
        size: height and width of the image in pixels.
        side: of a patch.
        stride: rows and columns from one patch to the next; with gaps between patches, or rows
            past the last one, pixels that none covers are NaN.
    """
    lay = F.fold if patches.device.type == "cpu" else _lay
    total = lay(patches, size, side, stride=stride)
    return total / count_patches(*size, side, patches, stride)


def _cut(image: Tensor, side: int, stride: Stride) -> Tensor:
    """`F.unfold` by one copy, patches by rows; on accelerators that one loops over images."""
    windows = image.unfold(2, side, stride[0]).unfold(3, side, stride[1])
    return windows.permute(0, 2, 3, 1, 4, 5).flatten(3).flatten(1, 2).mT


def _lay(patches: Tensor, size: tuple[int, int], side: int, stride: Stride) -> Tensor:
    return _Lay.apply(patches, size, side, stride)  # pyright: ignore[reportReturnType]


class _Cut(torch.autograd.Function):
    @staticmethod
    def forward(ctx, image, side, stride):
        ctx.given = tuple(image.shape[2:]), side, stride
        return _cut(image, side, stride)

    @staticmethod
    def backward(ctx, grad):
        size, side, stride = ctx.given
        return _lay(grad, size, side, stride), None, None


class _Lay(torch.autograd.Function):
    @staticmethod
    def forward(ctx, patches, size, side, stride):
        ctx.given = side, stride
        return F.fold(patches, size, side, stride=stride)

    @staticmethod
    def backward(ctx, grad):
        return _Cut.apply(grad, *ctx.given), None, None, None
