"""The product at the heart of sparse coding: one explicit step on the data term.

z  <-  z + C^T (mask * (y - D z))            GroupSC eqs. (3) and (14)
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable


def descend_codes(
    z: Float[Tensor, "b p n"],
    y: Float[Tensor, "b m n"],
    dictionary: Float[Tensor, "m p"],
    preconditioner: Float[Tensor, "m p"],
    mask: Float[Tensor, "#b m n"] | None = None,
) -> Float[Tensor, "b p n"]:
    """One preconditioned gradient step on 1/2 ||mask (y - D z)||^2.

    Args:
        z: codes.
        y: centred patches.
        dictionary: D.
        preconditioner: C; the step uses C^T where the gradient has D^T.
        mask: 1 where a pixel was observed, 0 elsewhere; None when all were.
    """
    return _DescendCodes.apply(z, y, dictionary, preconditioner, mask)  # pyright: ignore[reportReturnType]


class _DescendCodes(torch.autograd.Function):
    """Image by image, so that products stay in cache; saves z and the small residual."""

    @staticmethod
    def forward(ctx, z, y, dictionary, preconditioner, mask):
        ctx.low = _low_precision(z)
        residual = torch.empty_like(y)
        out = torch.empty_like(z)
        for i in range(len(z)):
            _multiply(dictionary, z[i], residual[i], ctx.low)
            torch.sub(y[i], residual[i], out=residual[i])
            if mask is not None:
                residual[i].mul_(mask[i % len(mask)])
            _multiply(preconditioner.T, residual[i], out[i], ctx.low)
            out[i].add_(z[i])
        ctx.save_for_backward(z, residual, dictionary, preconditioner, mask)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        z, residual, dictionary, preconditioner, mask = ctx.saved_tensors
        pulled = torch.empty_like(residual)
        grad_z = torch.empty_like(grad)
        for i in range(len(z)):
            _multiply(preconditioner, grad[i], pulled[i], ctx.low)
            if mask is not None:
                pulled[i].mul_(mask[i % len(mask)])
            _multiply(dictionary.T, pulled[i], grad_z[i], ctx.low)
            torch.sub(grad[i], grad_z[i], out=grad_z[i])
        grad_dictionary = grad_preconditioner = None
        if ctx.needs_input_grad[2]:
            grad_dictionary = -_outer(pulled, z, ctx.low)
        if ctx.needs_input_grad[3]:
            grad_preconditioner = _outer(residual, grad, ctx.low)
        return grad_z, pulled, grad_dictionary, grad_preconditioner, None


def _low_precision(z: Tensor) -> torch.dtype | None:
    """The type that autocast wants products in; sums and codes keep their own."""
    kind = z.device.type
    return torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else None


def _multiply(a: Tensor, b: Tensor, out: Tensor, low: torch.dtype | None) -> None:
    if low is None:
        torch.mm(a, b, out=out)
    else:
        out.copy_(a.to(low) @ b.to(low))


def _outer(a: Tensor, b: Tensor, low: torch.dtype | None) -> Tensor:
    """Sum over images and patches of a b^T."""
    total = a.new_zeros(a.shape[1], b.shape[1])
    for left, right in zip(a, b, strict=True):
        if low is None:
            total.addmm_(left, right.T)
        else:
            total += left.to(low) @ right.T.to(low)
    return total
