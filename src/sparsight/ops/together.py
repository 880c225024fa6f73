"""Steps on codes of all images at once, as accelerators want them."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from sparsight.ops.products import low_precision


def code_type(like: Tensor) -> torch.dtype:
    """What codes are kept in: on accelerators, where memory is what they wait for, as products."""
    low = None if like.device.type == "cpu" else low_precision(like)
    return low or like.dtype


def descend_together(
    z: Float[Tensor, "b p n"],
    y: Float[Tensor, "b r n"],
    dictionary: Float[Tensor, "m p"],
    preconditioner: Float[Tensor, "m p"],
    mask: Float[Tensor, "#b r n"] | None = None,
) -> Float[Tensor, "b p n"]:
    """`descend_codes` by two products for all images at once, as accelerators want it.

    Patches may be `aligned`, with more pixels than the dictionary has.
    """
    given = (z, y, dictionary, preconditioner, mask)
    return _DescendTogether.apply(*given)  # pyright: ignore[reportReturnType]


def aligned(patches: Float[Tensor, "b m n"]) -> Float[Tensor, "b r n"]:
    """With pixels of zeros up to a multiple of 8, by rows: matrix units take no odd lengths."""
    return F.pad(patches.mT, (0, -patches.shape[1] % 8)).mT


class _DescendTogether(torch.autograd.Function):
    """All images in one product; saves z and the small residual."""

    @staticmethod
    def forward(ctx, z, y, dictionary, preconditioner, mask):
        b, p, n = z.shape
        ctx.pixels, rows = len(dictionary), y.shape[1]
        matrices = [
            F.pad(matrix.to(z.dtype), (0, 0, 0, rows - ctx.pixels))
            for matrix in (dictionary, preconditioner)
        ]
        codes = z.mT.reshape(-1, p)
        residual = torch.addmm(y.mT.reshape(-1, rows), codes, matrices[0].T, alpha=-1)
        if mask is not None:
            residual.view(b, n, rows).mul_(mask.mT)
        ctx.save_for_backward(codes, residual, *matrices, mask)
        return torch.addmm(codes, residual, matrices[1]).view(b, n, p).mT

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        codes, residual, dictionary, preconditioner, mask = ctx.saved_tensors
        b, p, n = grad.shape
        grad = grad.mT.reshape(-1, p)
        pulled = grad @ preconditioner.T
        if mask is not None:
            pulled.view(b, n, -1).mul_(mask.mT)
        grad_dictionary = grad_preconditioner = None
        if ctx.needs_input_grad[2]:
            grad_dictionary = (pulled.T @ codes)[: ctx.pixels].neg_()
        if ctx.needs_input_grad[3]:
            grad_preconditioner = (residual.T @ grad)[: ctx.pixels]
        grad_z = torch.addmm(grad, pulled, dictionary, alpha=-1).view(b, n, p).mT
        pulled = pulled.view(b, n, -1).mT
        return grad_z, pulled, grad_dictionary, grad_preconditioner, None
