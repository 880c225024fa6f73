"""Overlapping patches: extraction and averaging (GroupSC eqs. (2), (5), (6)).

A patch is a vector of c * side * side numbers, channel slowest, column fastest; patches are
all windows inside the image at stride 1, numbered row by row.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def extract_patches(image: Float[Tensor, "b c h w"], side: int) -> Float[Tensor, "b m n"]:
    """Every patch of the image.

    Args:
        image: at least side x side pixels.
        side: patch side in pixels.

    Returns:
        m = c * side**2 numbers for each of n = (h - side + 1) * (w - side + 1) patches.

    Raises:
        ValueError: the image is smaller than a patch.
    """
    height, width = image.shape[-2:]
    if min(height, width) < side:
        raise ValueError(
            f"the image is {height}x{width}; it must be at least {side}x{side}, one patch"
        )
    return F.unfold(image, side)


def count_patches(height: int, width: int, side: int, like: Tensor) -> Float[Tensor, "1 1 h w"]:
    """How many patches cover each pixel: 1 in the corners, side**2 inside."""
    rows = _cover(height, side, like)
    columns = _cover(width, side, like)
    return (rows[:, None] * columns)[None, None]


def average_patches(
    patches: Float[Tensor, "b m n"], size: tuple[int, int], side: int
) -> Float[Tensor, "b c h w"]:
    """Puts patches back at their places; every pixel is the mean of its estimates, eq. (6)."""
    return F.fold(patches, size, side) / count_patches(*size, side, patches)


def _cover(length: int, side: int, like: Tensor) -> Tensor:
    position = torch.arange(length, device=like.device)
    most = min(side, length - side + 1)
    return torch.minimum(position + 1, length - position).clamp(max=most).to(like.dtype)
