"""Shrinkage by compiled loops, forwards and backwards, as autograd wants it.

`shrinkage` asks `native.usable` first, and does without where it says no.
"""

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from sparsight.ops import native

# Inside the root of the group norm, as the authors have it: the gradient at zero stays finite.
FLOOR = 1e-8


def expanding_threshold(z: Tensor, threshold: Tensor) -> Tensor:
    """Soft thresholds of any sign."""
    return _NativeExpandingThreshold.apply(z, threshold)  # pyright: ignore[reportReturnType]


def soft_threshold(z: Tensor, threshold: Tensor) -> Tensor:
    """Soft thresholds that are not negative."""
    return _NativeSoftThreshold.apply(z, threshold)  # pyright: ignore[reportReturnType]


def centralized_shrink(z: Tensor, centre: Tensor, threshold: Tensor, pull: Tensor) -> Tensor:
    """GroupSC Proposition 1."""
    return _NativeCentralizedShrink.apply(z, centre, threshold, pull)  # pyright: ignore[reportReturnType]


def group_shrink(z: Tensor, energy: Tensor, threshold: Tensor, size: Tensor) -> Tensor:
    """GroupSC eq. (11)."""
    return _NativeGroupShrink.apply(z, energy, threshold, size)  # pyright: ignore[reportReturnType]


def reduce_to(gradient: Tensor, shape: torch.Size) -> Tensor:
    """Sums a gradient over the axes that were broadcast."""
    extra = gradient.ndim - len(shape)
    axes = [*range(extra)]
    axes += [i + extra for i, n in enumerate(shape) if n == 1 and gradient.shape[i + extra] != 1]
    return gradient.sum(axes, keepdim=True).reshape(shape) if axes else gradient.reshape(shape)


def _native_soft_threshold(z: Tensor, threshold: Tensor) -> tuple[Tensor, Tensor]:
    """The output, and the thresholds as the loops want them."""
    b, p, n = z.shape
    out, t = torch.empty_like(z), threshold.reshape(-1, p).contiguous()
    native.call("soft_threshold", b, n, p, z, t, native.stride_of(t, 2), out)
    return out, t


class _NativeExpandingThreshold(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, threshold):
        out, t = _native_soft_threshold(z, threshold)
        ctx.save_for_backward(z, t)
        ctx.threshold_shape = threshold.shape
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        z, t = ctx.saved_tensors
        b, p, n = z.shape
        grad, grad_z, grad_t = native.as_codes(grad), torch.empty_like(z), z.new_zeros(b, p)
        for parts in zip(z, t.expand(b, p), grad, grad_z, grad_t, strict=True):
            native.call("expanding_threshold_backward", n, p, *parts)
        return grad_z, reduce_to(grad_t[..., None], ctx.threshold_shape)


class _NativeSoftThreshold(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, threshold):
        out, _ = _native_soft_threshold(z, threshold)
        ctx.save_for_backward(out)
        ctx.threshold_shape = threshold.shape
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        (out,) = ctx.saved_tensors
        b, p, n = out.shape
        grad, grad_z = native.as_codes(grad), torch.empty_like(out)
        grad_threshold = out.new_zeros(b, p)
        for parts in zip(out, grad, grad_z, grad_threshold, strict=True):
            native.call("soft_threshold_backward", n, p, *parts)
        return grad_z, reduce_to(grad_threshold[..., None], ctx.threshold_shape)


class _NativeCentralizedShrink(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, centre, threshold, pull):
        b, p, n = z.shape
        out = torch.empty_like(z)
        t, gamma = (values.reshape(-1, p).contiguous() for values in (threshold, pull))
        given = (z, centre, t, native.stride_of(t, 2), gamma, native.stride_of(gamma, 2))
        native.call("centralized_shrink", b, n, p, *given, out)
        ctx.save_for_backward(z, centre, t, gamma)
        ctx.shapes = threshold.shape, pull.shape
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        z, centre, t, gamma = ctx.saved_tensors
        b, p, n = z.shape
        grad, grad_z, grad_centre = native.as_codes(grad), torch.empty_like(z), torch.empty_like(z)
        grad_t, grad_gamma = z.new_zeros(b, p), z.new_zeros(b, p)
        given = (z, centre, t.expand(b, p), gamma.expand(b, p), grad)
        for parts in zip(*given, grad_z, grad_centre, grad_t, grad_gamma, strict=True):
            native.call("centralized_shrink_backward", n, p, *parts)
        both = zip((grad_t, grad_gamma), ctx.shapes, strict=True)
        return grad_z, grad_centre, *(reduce_to(part[..., None], shape) for part, shape in both)


class _NativeGroupShrink(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, energy, threshold, size):
        b, p, n = z.shape
        out, t = torch.empty_like(z), threshold.reshape(-1, p).contiguous()
        size = size.contiguous()
        given = (z, energy, t, native.stride_of(t, 2), size, FLOOR)
        native.call("group_shrink", b, n, p, *given, out)
        ctx.save_for_backward(z, energy, t, size)
        ctx.threshold_shape = threshold.shape
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        z, energy, t, size = ctx.saved_tensors
        b, p, n = z.shape
        t = t.expand(b, p)
        grad, grad_z, grad_energy = native.as_codes(grad), torch.empty_like(z), torch.empty_like(z)
        grad_t, grad_size = z.new_zeros(b, p), torch.empty_like(size)
        for i in range(b):
            given = (z[i], energy[i], t[i], size[i], FLOOR, grad[i])
            made = (grad_z[i], grad_energy[i], grad_t[i], grad_size[i])
            native.call("group_shrink_backward", n, p, *given, *made)
        return grad_z, grad_energy, reduce_to(grad_t[..., None], ctx.threshold_shape), grad_size
