"""Shrinkage: soft thresholds, group thresholds, thresholds towards a centre.

Each function is a proximal operator applied entry by entry (or, for `group_shrink`, with a
pooled norm). Gradients are written by hand where that saves memory traffic: training spends
a third of its time here otherwise. Compiled loops (`ops.native`) do a pass where torch does five.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from sparsight.ops import native, shrinkage_loops
from sparsight.ops.shrinkage_loops import FLOOR, reduce_to
from sparsight.ops.speed import fused


def soft_threshold(z: Float[Tensor, "..."], threshold: Float[Tensor, "..."]) -> Tensor:
    """Soft thresholding S_t(z) = max(z - t, 0) - max(-z - t, 0).

    Args:
        z: any shape.
        threshold: broadcasts against z; negative thresholds expand, as the formula says.

    Returns:
        Same shape as z.
    """
    if z.device.type != "cpu":
        return soft_formula(z, _per_image(threshold, z))
    fast = native.usable(z) and _one_per_atom(threshold, z)
    needs_grad = torch.is_grad_enabled() and (z.requires_grad or threshold.requires_grad)
    # Gradients are written from the output, which does not tell where negative ones expanded.
    expanding = (needs_grad or not fast) and bool((threshold < 0).any())
    if fast:
        loop = shrinkage_loops.expanding_threshold if expanding else shrinkage_loops.soft_threshold
        return loop(z, threshold)
    if expanding:
        return soft_formula(z, threshold)
    return _SoftThreshold.apply(z, threshold)  # pyright: ignore[reportReturnType]


@fused
def soft_formula(z: Tensor, threshold: Tensor) -> Tensor:
    """`soft_threshold` as it is written."""
    return torch.relu(z - threshold) - torch.relu(-z - threshold)


@fused
def group_formula(z: Tensor, energy: Tensor, threshold: Tensor, size: Tensor) -> Tensor:
    """`group_shrink` as it is written."""
    return torch.relu(1 - threshold * (size * (energy + FLOOR).rsqrt())) * z


def close_thresholds_(grad: Float[Tensor, "b p n"], out: Float[Tensor, "b p n"]) -> Tensor:
    """The backward of `soft_threshold`, in place: grad becomes that of its input.

    Args:
        grad: of the output, laid out as the output is.
        out: the output; thresholds were not below 0.

    Returns:
        The gradient of one threshold per image and atom, (b, p).
    """
    b, p, n = out.shape
    if not native.usable(grad, out):
        grad.mul_(out != 0)
        return -(grad * torch.sign(out)).sum(2)
    grad_threshold = out.new_zeros(b, p)
    for z, g, t in zip(out, grad, grad_threshold, strict=True):
        native.call("soft_threshold_backward", n, p, z, g, g, t)
    return grad_threshold


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
    if native.usable(z, energy) and _one_per_atom(threshold, z) and size.dtype == z.dtype:
        return shrinkage_loops.group_shrink(z, energy, threshold, size)
    if z.device.type != "cpu":
        return group_formula(z, energy, _per_image(threshold, z), size)
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
    fast = centre.shape == z.shape and native.usable(z, centre) and _one_per_atom(threshold, z)
    if fast and isinstance(pull, Tensor) and _one_per_atom(pull, z):
        return shrinkage_loops.centralized_shrink(z, centre, threshold, pull)
    offset = centre + threshold * torch.sign(centre)
    return soft_threshold(soft_threshold(z - offset, threshold * pull) + offset, threshold)


def huber(norm: Tensor, weight: Tensor | float, alpha: Tensor | float) -> Tensor:
    """Moreau envelope of weight * norm: weight norm - weight^2 / 2 alpha, a parabola near 0.

    Args:
        norm: not negative.
        weight: not negative; broadcasts.
        alpha: curvature at 0, positive; broadcasts.
    """
    far = weight * norm - weight**2 / (2 * alpha)
    return torch.where(alpha * norm <= weight, alpha * norm.square() / 2, far)


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
            grad_threshold = reduce_to(signed, ctx.threshold_shape).neg()
        return sign.mul_(signed), grad_threshold


class _GroupShrink(torch.autograd.Function):
    """Saves z and size / norm; the scale is rebuilt from them."""

    @staticmethod
    def forward(ctx, z, energy, threshold, size):
        inverse = (energy + FLOOR).rsqrt_().mul_(size)
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
            grad_threshold = reduce_to(slope, threshold.shape).neg()
        if ctx.needs_input_grad[1] or ctx.needs_input_grad[3]:
            slope.mul_(threshold)
            grad_size = -slope.sum(1, keepdim=True) / size
            grad_energy = slope.mul_(inverse).mul_(inverse).mul_(0.5 / size.square())
        return scale.mul_(grad), grad_energy, grad_threshold, grad_size


def _group_scale(inverse: Tensor, threshold: Tensor) -> Tensor:
    one = torch.ones((), dtype=inverse.dtype, device=inverse.device)
    return torch.addcmul(one, inverse, threshold, value=-1).clamp_(min=0)


def _per_image(threshold: Tensor, z: Tensor) -> Tensor:
    """A threshold for each image; compiled gradients of one for all may lose its axes of 1."""
    alike = threshold.ndim == z.ndim
    return threshold.expand(len(z), *threshold.shape[1:]) if alike else threshold


def _one_per_atom(threshold: Tensor, z: Tensor) -> bool:
    """Whether thresholds are (p, 1), (1, p, 1) or (b, p, 1) and of z's kind."""
    shape = threshold.shape
    fits = shape[-2:] == (z.shape[1], 1) and shape[:-2] in [(), (1,), (len(z),)]
    return fits and threshold.dtype == z.dtype and threshold.device == z.device
