"""How unlike patches at fixed offsets are: d_oj = sum_u kernel_u (x_{j+o+u} - x_{j+u})^2.

The distance of Games section 3.1, ||kappa (P_j x - P_k x)||^2, with kernel = kappa^2 and k = j + o.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from sparsight.ops import native
from sparsight.ops.differences import Offset


def patch_distances(
    image: Float[Tensor, "b c h w"],
    kernel: Float[Tensor, "#b c s s"],
    offsets: tuple[Offset, ...],
) -> Float[Tensor, "b o n"]:
    """Squared distances of the patches about every pixel to those at offsets.

    Beyond its border the image goes on as it ends. Where j + o itself lies outside, the number
    means nothing.

    Args:
        image: pixels, n = h w of them.
        kernel: weight of each pixel of a patch, side s odd.
        offsets: rows and columns, o of them.
    """
    reach = max(max(abs(row), abs(column)) for row, column in offsets)
    half = kernel.shape[-1] // 2
    border = half + reach
    padded = F.pad(image, (border, border, border, border), mode="replicate")
    kernel = kernel.expand(len(image), -1, -1, -1)
    if native.available() and image.device.type == "cpu" and image.dtype == torch.float32:
        return _PatchDistances.apply(padded, kernel, offsets, reach)  # pyright: ignore[reportReturnType]
    height, width = image.shape[2] + 2 * half, image.shape[3] + 2 * half
    centre = padded[:, :, reach : reach + height, reach : reach + width]
    gaps = [
        padded[:, :, reach + row : reach + row + height, reach + column : reach + column + width]
        - centre
        for row, column in offsets
    ]
    squares = torch.stack(gaps, 1).square()
    # Each image has its own kernel; its offsets are a batch.
    pairs = zip(squares, kernel, strict=True)
    return torch.stack([F.conv2d(square, own[None]).flatten(1) for square, own in pairs])


class _PatchDistances(torch.autograd.Function):
    @staticmethod
    def forward(ctx, padded, kernel, offsets, reach):
        padded, kernel = padded.contiguous(), kernel.contiguous()
        ctx.save_for_backward(padded, kernel)
        ctx.place = _place(padded, kernel, offsets, reach)
        rows, columns, count = ctx.place[:3]
        out = padded.new_zeros(len(padded), count, rows * columns)
        work = _work(padded, ctx.place)
        for image, own, to in zip(padded, kernel, out, strict=True):
            for channel, weights in zip(image, own, strict=True):
                native.call("patch_distances", *ctx.place, channel, weights, work, to)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        padded, kernel = ctx.saved_tensors
        grad, turned = grad.contiguous(), kernel.flip(2, 3).contiguous()
        by_kernel, work = torch.zeros_like(kernel), _work(padded, ctx.place)
        by_image = torch.zeros_like(padded) if ctx.needs_input_grad[0] else None
        for i in range(len(padded)):
            for c in range(padded.shape[1]):
                native.call(
                    "patch_distances_backward",
                    *ctx.place,
                    padded[i, c],
                    turned[i, c],
                    grad[i],
                    work,
                    by_kernel[i, c],
                    0 if by_image is None else by_image[i, c],
                )
        return by_image, by_kernel, None, None


def _place(padded: Tensor, kernel: Tensor, offsets: tuple[Offset, ...], reach: int) -> tuple:
    """Rows, columns, offsets, side and border, as the compiled loops take them."""
    side = kernel.shape[-1]
    border = side // 2 + reach
    rows, columns = (length - 2 * border for length in padded.shape[2:])
    return rows, columns, len(offsets), torch.tensor(offsets, dtype=torch.int32), side, border


def _work(like: Tensor, place: tuple) -> Tensor:
    """Three tables with room for a block of columns beyond their own."""
    rows, columns, *_, side, _ = place
    more = 2 * (side - 1)
    return like.new_zeros(3 * (rows + more) * (columns + more + 4 * native.LANES))
