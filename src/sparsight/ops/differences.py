"""What neighbours at fixed offsets pull with: clipped differences, summed.

out_j = sum_o a_oj clip(alpha (z_j - z_k), +-bound), k = j + offset o: the player's gradient of
smoothed total variation (Games section 3.2), and, unbounded, of the Laplacian.
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from sparsight.ops import native

Offset = tuple[int, int]
Scalar = Tensor | float


def shift(
    values: Float[Tensor, "b p n"], offsets: tuple[Offset, ...], grid: tuple[int, int]
) -> Float[Tensor, "b p o n"]:
    """What stands at every offset of every place of a grid; 0 outside."""
    reach = max(max(abs(row), abs(column)) for row, column in offsets)
    rows, columns = grid
    padded = F.pad(values.unflatten(2, grid), (reach, reach, reach, reach))
    shifted = [
        padded[:, :, reach + row : reach + row + rows, reach + column : reach + column + columns]
        for row, column in offsets
    ]
    return torch.stack(shifted, 2).flatten(3)


def clipped_differences(
    z: Float[Tensor, "b p n"],
    weights: Float[Tensor, "#b o #n"],
    alpha: Scalar,
    bound: Scalar,
    offsets: tuple[Offset, ...],
    grid: tuple[int, int],
) -> Float[Tensor, "b p n"]:
    """The sum over neighbours of clipped differences.

    Args:
        z: values on a grid, row by row.
        weights: a, 0 where an offset leads outside the grid; a last axis of 1: everywhere alike.
        alpha: slope, one number or one per image, (b, 1, 1).
        bound: not negative; math.inf does not clip.
        offsets: rows and columns, o of them.
        grid: rows and columns of the n places.
    """
    kind = z.device.type == "cpu" and z.dtype == weights.dtype == torch.float32
    if native.available() and kind:
        alpha, bound = (torch.as_tensor(x, dtype=z.dtype).reshape(-1) for x in (alpha, bound))
        return _ClippedDifferences.apply(z, weights, alpha, bound, offsets, grid)  # pyright: ignore[reportReturnType]
    alpha, bound = (x[..., None] if isinstance(x, Tensor) else x for x in (alpha, bound))
    pull = alpha * (z[:, :, None] - shift(z, offsets, grid))
    if isinstance(bound, Tensor):
        pull = torch.maximum(torch.minimum(pull, bound), -bound)
    elif math.isfinite(bound):
        pull = pull.clamp(-bound, bound)
    present = shift(torch.ones_like(z[:1, :1]), offsets, grid)
    return (present * weights[:, None] * pull).sum(2)


class _ClippedDifferences(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, weights, alpha, bound, offsets, grid):
        z, weights = z.contiguous(), weights.contiguous()
        ctx.save_for_backward(z, weights, alpha, bound)
        ctx.grid, ctx.offsets = grid, torch.tensor(offsets, dtype=torch.int32)
        out = torch.empty_like(z)
        for i, c, given in _channels(z, weights, alpha, bound, ctx):
            native.call("clip_differences", *given, out[i, c])
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        z, weights, alpha, bound = ctx.saved_tensors
        grad, grad_z, grad_weights = (
            grad.contiguous(),
            torch.zeros_like(z),
            torch.zeros_like(weights),
        )
        scalars, work = z.new_zeros(len(z), 2), z.new_empty(4 * ctx.grid[1])
        for i, c, given in _channels(z, weights, alpha, bound, ctx):
            mine = grad_weights[i % len(weights)]
            native.call(
                "clip_differences_backward",
                *given,
                grad[i, c],
                work,
                grad_z[i, c],
                mine,
                scalars[i],
            )
        by_alpha, by_bound = (
            column if len(x) == len(z) else column.sum(0, keepdim=True)
            for column, x in zip(scalars.T, (alpha, bound), strict=True)
        )
        return grad_z, grad_weights, by_alpha, by_bound, None, None


def _channels(z, weights, alpha, bound, ctx):
    """Image, channel, and what the compiled loops are given of them."""
    alike = int(weights.shape[2] == 1)
    for i in range(len(z)):
        numbers = (alike, alpha[i % len(alpha)].item(), bound[i % len(bound)].item())
        for c in range(z.shape[1]):
            place = (*ctx.grid, len(ctx.offsets), ctx.offsets)
            yield i, c, (*place, z[i, c], weights[i % len(weights)], *numbers)
