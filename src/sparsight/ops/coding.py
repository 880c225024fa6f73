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
        residual = torch.empty_like(y)
        out = torch.empty_like(z)
        for i in range(len(z)):
            torch.addmm(y[i], dictionary, z[i], alpha=-1, out=residual[i])
            if mask is not None:
                residual[i].mul_(mask[i % len(mask)])
            torch.mm(preconditioner.T, residual[i], out=out[i])
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
            torch.mm(preconditioner, grad[i], out=pulled[i])
            if mask is not None:
                pulled[i].mul_(mask[i % len(mask)])
            torch.mm(dictionary.T, pulled[i], out=grad_z[i])
            torch.sub(grad[i], grad_z[i], out=grad_z[i])
        grad_dictionary = grad_preconditioner = None
        if ctx.needs_input_grad[2]:
            grad_dictionary = -_outer(pulled, z)
        if ctx.needs_input_grad[3]:
            grad_preconditioner = _outer(residual, grad)
        return grad_z, pulled, grad_dictionary, grad_preconditioner, None


def _outer(a: Tensor, b: Tensor) -> Tensor:
    """Sum over images and patches of a b^T."""
    total = a[0] @ b[0].T
    for i in range(1, len(a)):
        total.addmm_(a[i], b[i].T)
    return total
