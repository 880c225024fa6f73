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
    if native.available() and kind and grid[1] >= native.LANES:
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


def collected(weights: Float[Tensor, "#b o n"]) -> Float[Tensor, "#b o n"]:
    """The same weights, for many moves: what their gradients come to is kept in one table.

    Without this every move of a game makes a table of its own, and adding them up takes longer
    than the moves.
    """
    return _Collected.apply(weights) if weights.requires_grad else weights  # pyright: ignore[reportReturnType]


class _Collected(torch.autograd.Function):
    @staticmethod
    def forward(ctx, weights):
        ctx.set_materialize_grads(False)
        ctx.table, ctx.sweep = None, None
        return weights.view_as(weights)

    @staticmethod
    def table_of(node, like: Tensor) -> Tensor:
        """The table of this sweep through the graph; one that was left unread is thrown away."""
        sweep = torch._C._current_graph_task_id()
        if node.table is None or node.sweep != sweep:
            node.table, node.sweep = torch.zeros_like(like), sweep
        return node.table

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        table, ctx.table = ctx.table, None
        if table is None or ctx.sweep != torch._C._current_graph_task_id():
            return grad
        return table if grad is None else table + grad


class _ClippedDifferences(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, weights, alpha, bound, offsets, grid):
        weights = weights.contiguous()
        reach = max(max(abs(row), abs(column)) for row, column in offsets)
        # Patch codes lie atom by atom, and a frame keeps their layout.
        framed = F.pad(z.unflatten(2, grid), (reach,) * 4).contiguous()
        ctx.save_for_backward(framed, weights, alpha, bound)
        ctx.place = (*grid, len(offsets), torch.tensor(offsets, dtype=torch.int32), reach)
        ctx.collector = weights.grad_fn if isinstance(weights.grad_fn, _COLLECTED) else None
        out = torch.empty_like(z, memory_format=torch.contiguous_format)
        native.call("clip_differences", *_given(ctx.place, framed, weights, alpha, bound), out)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        framed, weights, alpha, bound = ctx.saved_tensors
        by_z, by_scalars = torch.zeros_like(framed), framed.new_zeros(len(framed), 2)
        if ctx.collector is None:
            by_weights = torch.zeros_like(weights)
        else:
            by_weights = _Collected.table_of(ctx.collector, weights)
        given = _given(ctx.place, framed, weights, alpha, bound)
        to = by_z, by_weights, by_scalars
        native.call("clip_differences_backward", *given, grad.contiguous(), *to)
        by_alpha, by_bound = (
            column if len(x) == len(framed) else column.sum(0, keepdim=True)
            for column, x in zip(by_scalars.T, (alpha, bound), strict=True)
        )
        rows, columns, _, _, reach = ctx.place
        by_z = by_z[:, :, reach : reach + rows, reach : reach + columns].flatten(2)
        by_weights = by_weights if ctx.collector is None else None
        return by_z, by_weights, by_alpha, by_bound, None, None


_COLLECTED: type = _Collected._backward_cls


def _given(place, framed, weights, alpha, bound):
    """What the compiled loops are told of a grid, its places, and their neighbours."""
    sizes = (*framed.shape[:2], *place, framed.shape[3])
    alike = int(weights.shape[2] == 1 < place[0] * place[1])
    steps = [x[0].numel() if len(x) > 1 else 0 for x in (weights, alpha, bound)]
    numbers = (n for pair in zip((weights, alpha, bound), steps, strict=True) for n in pair)
    return (*sizes, framed, alike, *numbers)
