"""How noisy signals and images are, told by themselves.

In an image the noise is looked for where there is little else: in patches whose neighbouring
pixels differ no more than noise alone would make them (Liu, Tanaka and Okutomi, "Single-image
noise level estimation for blind denoising", IEEE Transactions on Image Processing 22, 2013), along
the directions in which these vary least.
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from sparsight.ops import extract_patches

SIDE, AXES, STRIDE = 7, 6, 2
SMALL_SIDE, SMALL_AXES, SMALL = 3, 1, 5000  # where an image has fewer places than SMALL
# The least deviations of n noise patches fall short by LOST / sqrt(n) of it, however they overlap;
# an image of fewer than MANY is told its noise as one of so many would be.
LOST, MANY = 5.6, 20_000
FEWEST = 200  # patches an estimate is made of
ROUNDS = 10
ROOM = 2.0  # deviations between a patch's mean and the extremes…
SHARE = 0.1  # …which so many patches are taken to have in any case
TAIL = 4.265  # of the standard normal, once in 100,000
MEDIAN_OF_NORMAL = 0.67449  # of |x|, x standard normal


def estimate_sigma(image: Float[Tensor, "c h w"]) -> float:
    """Standard deviation of white Gaussian noise, in the units of the image.

    Patches whose mean is less than two deviations from the least or the greatest value are left
    out, as noise is cut off where a picture is too dark or too bright; the tenth that is farthest
    from both stays.

    Args:
        image: grey or colour, at least 9 x 9; channels are taken to be equally noisy.
    """
    estimates = torch.stack([_of_channel(channel[None].double()) for channel in image])
    return float(estimates.square().mean().sqrt())


def estimate_signal_noise(signals: Float[Tensor, "t n"]) -> float:
    """Standard deviation of white Gaussian noise, in the units of the signals.

    The median absolute difference of neighbours, for signals that change seldom or slowly.

    Args:
        signals: at least two samples long.

    Raises:
        ValueError: they are shorter.
    """
    if signals.shape[1] < 2:
        raise ValueError("a signal of one sample has no neighbours to tell its noise by; give it")
    differences = signals.diff(dim=1).abs()
    return float(differences.median() / MEDIAN_OF_NORMAL / 2**0.5)


def _of_channel(channel: Float[Tensor, "1 h w"]) -> Tensor:
    small = math.prod(length - SIDE + 1 for length in channel.shape[1:]) < SMALL
    side, axes, stride = (SMALL_SIDE, SMALL_AXES, 1) if small else (SIDE, AXES, STRIDE)
    patches = extract_patches(channel[None], side, (stride, stride))[0]
    roughness = roughness_of(channel, side)[::stride, ::stride].flatten()
    mean = patches.mean(0)
    room = torch.minimum(mean - channel.min(), channel.max() - mean)
    enough = room.kthvalue(math.ceil((1 - SHARE) * len(room))).values
    most = roughest_of_noise(side)
    raised = 1.0 if small else reached(MANY) / reached(min(len(mean), MANY))
    sigma = raised * least_deviation(patches, axes)
    for _ in range(ROUNDS):
        limit = torch.minimum(ROOM * sigma, enough)
        told = (roughness < most * sigma.square()) & (room >= limit)
        if told.sum() < FEWEST:
            break
        before, sigma = sigma, raised * least_deviation(patches[:, told], axes)
        if torch.isclose(before, sigma, rtol=1e-3):
            break
    return sigma


def roughness_of(channel: Float[Tensor, "1 h w"], side: int) -> Float[Tensor, "k l"]:
    """The squared differences of neighbours, summed over the patch at each place."""
    pairs = side * (side - 1)
    down = F.avg_pool2d(channel.diff(dim=1).square(), (side - 1, side), 1)[0]
    across = F.avg_pool2d(channel.diff(dim=2).square(), (side, side - 1), 1)[0]
    return pairs * (down + across)


def least_deviation(patches: Float[Tensor, "m n"], axes: int, skipped: int = 0) -> Tensor:
    """Standard deviation along the principal axes of least variance, but for the very least."""
    variances = torch.linalg.eigvalsh(patches.cov())[skipped : skipped + axes]
    return variances.mean().clamp(min=0).sqrt()


def reached(count: int) -> float:
    """What part of the noise its deviation along the least axes of so many patches is."""
    return 1 - LOST / math.sqrt(count)


def roughest_of_noise(side: int) -> float:
    """The roughness that a patch of unit noise exceeds once in 100,000 times.

    It is taken to be gamma distributed, with its true mean and variance, and the quantile by the
    approximation of Wilson and Hilferty.
    """
    units = torch.eye(side**2).unflatten(1, (side, side))
    operator = torch.cat([units.diff(dim=axis).flatten(1) for axis in (1, 2)], dim=1).T
    mean = operator.square().sum()
    variance = 2 * (operator.T @ operator).square().sum()
    spread = variance / mean.square() / 9
    return float(mean * (1 - spread + TAIL * spread.sqrt()) ** 3)
