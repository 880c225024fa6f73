"""Shrinkage: soft thresholds, group thresholds, thresholds towards a centre.

Each function is a proximal operator applied entry by entry (or, for `group_shrink`, with a
pooled norm). Gradients are written by hand where that saves memory traffic: training spends
a third of its time here otherwise.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable


def soft_threshold(z: Float[Tensor, "..."], threshold: Float[Tensor, "..."]) -> Tensor:
    """Soft thresholding S_t(z) = max(z - t, 0) - max(-z - t, 0).

    Args:
        z: any shape.
        threshold: broadcasts against z; negative thresholds expand, as the formula says.

    Returns:
        Same shape as z.
    """
    if bool((threshold < 0).any()):
        return torch.relu(z - threshold) - torch.relu(-z - threshold)
    return _SoftThreshold.apply(z, threshold)  # pyright: ignore[reportReturnType]


def group_shrink(
    z: Float[Tensor, "b p n"],
    energy: Float[Tensor, "b p n"],
    threshold: Float[Tensor, "#b p 1"],
    size: Float[Tensor, "b 1 n"],
) -> Float[Tensor, "b p n"]:
    """Scales z by max(1 - t size / sqrt(energy), 0), GroupSC eq. (11).

    Args:
        z: codes.
        energy: pooled squares of the codes, not negative.
        threshold: t, one per atom; negative ones enlarge.
        size: root of the sum of the weights, one per patch.
    """
    return _GroupShrink.apply(z, energy, threshold, size)  # pyright: ignore[reportReturnType]


def centralized_shrink(
    z: Tensor, centre: Tensor, threshold: Tensor, pull: Tensor | float
) -> Tensor:
    """Proximal operator of t * (|u| + pull * |u - centre|), GroupSC Proposition 1.

    Args:
        z: any shape.
        centre: where codes are pulled to, same shape.
        threshold: t, not negative; broadcasts.
        pull: gamma, not negative; 0 gives soft thresholding.
    """
    offset = centre + threshold * torch.sign(centre)
    return soft_threshold(soft_threshold(z - offset, threshold * pull) + offset, threshold)


def _reduce_to(gradient: Tensor, shape: torch.Size) -> Tensor:
    """Sums a gradient over the axes that were broadcast."""
    extra = gradient.ndim - len(shape)
    axes = [*range(extra)]
    axes += [i + extra for i, n in enumerate(shape) if n == 1 and gradient.shape[i + extra] != 1]
    return gradient.sum(axes, keepdim=True).reshape(shape) if axes else gradient.reshape(shape)


class _SoftThreshold(torch.autograd.Function):
    """Keeps only its own output: the next product needs that anyway."""

    @staticmethod
    def forward(ctx, z, threshold):
        out = torch.maximum(torch.minimum(z, threshold), -threshold)
        torch.sub(z, out, out=out)
        ctx.save_for_backward(out)
        ctx.threshold_shape = threshold.shape
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        (out,) = ctx.saved_tensors
        sign = torch.sign(out)
        signed = grad * sign
        grad_threshold = None
        if ctx.needs_input_grad[1]:
            grad_threshold = _reduce_to(signed, ctx.threshold_shape).neg()
        return sign.mul_(signed), grad_threshold


class _GroupShrink(torch.autograd.Function):
    """Saves z and size / norm; the scale is rebuilt from them."""

    @staticmethod
    def forward(ctx, z, energy, threshold, size):
        # The floor inside the root is the authors' (1e-8): it keeps the gradient finite at zero.
        inverse = (energy + 1e-8).rsqrt_().mul_(size)
        ctx.save_for_backward(z, inverse, threshold, size)
        return _group_scale(inverse, threshold).mul_(z)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        z, inverse, threshold, size = ctx.saved_tensors
        scale = _group_scale(inverse, threshold)
        # slope = -d(out) / d(t), where the scale is above 0
        slope = torch.ops.aten.threshold_backward(grad * z, scale, 0).mul_(inverse)
        grad_threshold = grad_energy = grad_size = None
        if ctx.needs_input_grad[2]:
            grad_threshold = _reduce_to(slope, threshold.shape).neg()
        if ctx.needs_input_grad[1] or ctx.needs_input_grad[3]:
            slope.mul_(threshold)
            grad_size = -slope.sum(1, keepdim=True) / size
            grad_energy = slope.mul_(inverse).mul_(inverse).mul_(0.5 / size.square())
        return scale.mul_(grad), grad_energy, grad_threshold, grad_size


def _group_scale(inverse: Tensor, threshold: Tensor) -> Tensor:
    one = torch.ones((), dtype=inverse.dtype, device=inverse.device)
    return torch.addcmul(one, inverse, threshold, value=-1).clamp_(min=0)
