"""What stereo networks share: features against shifted features, and the disparity of a cost."""

import torch
from jaxtyping import Float
from torch import Tensor


def concatenated_volume(
    left: Float[Tensor, "b c h w"], right: Float[Tensor, "b c h w"], levels: int
) -> Float[Tensor, "b _ d h w"]:
    """Both features of every pair of places, 2 c channels; 0 where the right one is outside.

    Args:
        left: features of the reference image.
        right: of the other one.
        levels: d, disparities from 0 up.
    """
    b, c, h, w = left.shape
    volume = left.new_zeros(b, 2 * c, levels, h, w)
    for d in range(min(levels, w)):
        volume[:, :c, d, :, d:] = left[..., d:]
        volume[:, c:, d, :, d:] = right[..., : w - d]
    return volume


def correlation_volume(
    left: Float[Tensor, "b c h w"], right: Float[Tensor, "b c h w"], levels: int, groups: int
) -> Float[Tensor, "b g d h w"]:
    """Inner products of groups of channels of every pair of places; 0 outside.

    Args:
        left: features of the reference image.
        right: of the other one.
        levels: d, disparities from 0 up.
        groups: g, divides c.
    """
    b, _, h, w = left.shape
    volume = left.new_zeros(b, groups, levels, h, w)
    ours, theirs = left.unflatten(1, (groups, -1)), right.unflatten(1, (groups, -1))
    for d in range(min(levels, w)):
        volume[:, :, d, :, d:] = (ours[..., d:] * theirs[..., : w - d]).mean(2)
    return volume


def soft_argmin(score: Float[Tensor, "b d h w"]) -> Float[Tensor, "b 1 h w"]:
    """The mean disparity where exp(score) weighs the disparities 0 to d - 1."""
    disparities = torch.arange(score.shape[1], device=score.device, dtype=score.dtype)
    return (score.softmax(1) * disparities[:, None, None]).sum(1, keepdim=True)
