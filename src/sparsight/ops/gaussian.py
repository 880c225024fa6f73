"""Gaussian weights of pairs of patches, exp(-||u_j - v_k||^2): the heart of the similarity."""

import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.autograd.function import once_differentiable

from sparsight.ops import cuda, native
from sparsight.ops.speed import full_products

# Weights below this change no sum, but products with them are of denormal numbers, which
# processors are slow at. The compiled loops have the same limit.
FAINTEST = math.exp(-30)


def gaussian_weights(
    receivers: Float[Tensor, "b m n"],
    senders: Float[Tensor, "b m l"],
    outside: Bool[Tensor, "n l"] | None = None,
    factor: float = 1.0,
    itself: Int[Tensor, " l"] | None = None,
    own: float = 1.0,
) -> Float[Tensor, "b n l"]:
    """factor exp(-||u_j - v_k||^2), by the expanded square, never in low precision.

    What is below exp(-30) of the factor is 0, on a processor.

    Args:
        receivers: u.
        senders: v.
        outside: True where the weight is 0; None for nowhere.
        factor: of all weights, above 0.
        itself: which receiver each sender is; None if none is any.
        own: the weight of a sender for itself.
    """
    return _GaussianWeights.apply(receivers, senders, outside, factor, itself, own)  # pyright: ignore[reportReturnType]


class _GaussianWeights(torch.autograd.Function):
    """Saves the weights only: the gradient by a distance is minus that by the weight, times it.

    The distance of a patch from itself gives no gradient, whatever its weight was set to.
    """

    @staticmethod
    def forward(ctx, receivers, senders, outside, factor, itself, own):
        with torch.autocast(receivers.device.type, enabled=False):
            here, there = receivers.square().sum(1), senders.square().sum(1)
            with full_products(receivers):
                weights = torch.bmm(receivers.mT, senders)
        if native.fits(weights, native.LANES):
            size, mask = weights.shape, 0 if outside is None else outside
            native.call("gaussian_weights", *size, here, there, mask, factor, weights)
        elif cuda.usable(weights):
            weights = cuda.gaussian_weights(weights, here, there, outside, factor)
        else:
            weights.mul_(-2).add_(here[:, :, None]).add_(there[:, None]).clamp_(min=0)
            torch.threshold_(weights.neg_().exp_(), FAINTEST, 0).mul_(factor)
            if outside is not None:
                weights.masked_fill_(outside, 0)
        if itself is not None:
            weights[:, itself, torch.arange(len(itself), device=weights.device)] = own
        ctx.save_for_backward(receivers, senders, weights)
        return weights

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        receivers, senders, weights = ctx.saved_tensors
        with torch.autocast(receivers.device.type, enabled=False):
            slope = grad * weights
            grad_receivers = senders @ slope.mT - receivers * slope.sum(2)[:, None]
            grad_senders = receivers @ slope - senders * slope.sum(1)[:, None]
        return grad_receivers.mul_(2), grad_senders.mul_(2), None, None, None, None
