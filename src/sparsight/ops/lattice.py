"""Group thresholds on a lattice in one piece, as accelerators want them.

`group_shrink` of the energies of a lattice writes and reads codes of all crops several times more
than this does, which costs time on CUDA, where the codes of a training fit no cache.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.autograd.function import once_differentiable

from sparsight.ops import cuda
from sparsight.ops.shrinkage_loops import FLOOR


def shrink_on_lattice(
    z: Float[Tensor, "b p n"],
    weights: Float[Tensor, "b n l"],
    lattice: Int[Tensor, " l"],
    threshold: Float[Tensor, "#b p 1"],
    size: Float[Tensor, "b 1 n"],
) -> Float[Tensor, "b p n"]:
    """z_j max(1 - t size_j / sqrt(z_j^2 + sum over l of a_jl z_l^2), 0), GroupSC eq. (11).

    Args:
        z: codes.
        weights: a_jl of lattice patch l on patch j.
        lattice: the numbers of the lattice patches.
        threshold: t, one per atom; negative ones enlarge.
        size: root of the sum of the weights, one per patch.
    """
    t = threshold.expand(len(z), -1, -1)[..., 0].contiguous()
    rows = _LatticeShrink.apply(z.mT, weights, lattice, t, size[:, 0])
    return rows.mT  # pyright: ignore[reportAttributeAccessIssue]


class _LatticeShrink(torch.autograd.Function):
    """Of codes by rows; keeps them, what others add to their squares, and the lattice's squares."""

    @staticmethod
    def forward(ctx, u, weights, lattice, t, size):
        u, size = u.contiguous(), size.contiguous()
        senders = u[:, lattice].square_()
        pooled = torch.bmm(weights, senders)
        ctx.save_for_backward(u, pooled, senders, weights, lattice, t, size)
        if cuda.usable(u, pooled):
            return cuda.shrink_groups(u, pooled, t, size, FLOOR)
        return _scale(u, pooled, t, size)[0] * u

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        u, pooled, senders, weights, lattice, t, size = ctx.saved_tensors
        backward = cuda.shrink_groups_backward if cuda.usable(u, pooled) else _plain_backward
        found = backward(u, pooled, t, size, FLOOR, grad.contiguous())
        grad_u, grad_pooled, grad_t, grad_size = found
        grad_senders = torch.bmm(weights.mT, grad_pooled).mul_(u[:, lattice]).mul_(2)
        grad_u.index_add_(1, lattice, grad_senders)
        return grad_u, torch.bmm(grad_pooled, senders.mT), None, grad_t, grad_size


def _scale(u: Tensor, pooled: Tensor, t: Tensor, size: Tensor) -> tuple[Tensor, Tensor]:
    """What codes are multiplied by, and one over the norms."""
    inverse = (u.square() + pooled + FLOOR).rsqrt()
    return (1 - t[:, None] * size[..., None] * inverse).clamp(min=0), inverse


def _plain_backward(
    u: Tensor, pooled: Tensor, t: Tensor, size: Tensor, floor: float, grad: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """`cuda.shrink_groups_backward` where there is no Triton."""
    scale, inverse = _scale(u, pooled, t, size)
    slope = (grad * u * (scale > 0)).mul_(inverse)
    grad_pooled = 0.5 * slope * t[:, None] * size[..., None] * inverse.square()
    grad_u = scale * grad + 2 * u * grad_pooled
    grad_t, grad_size = -(slope * size[..., None]).sum(1), -(slope * t[:, None]).sum(2)
    return grad_u, grad_pooled, grad_t, grad_size
