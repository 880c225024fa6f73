"""W as a bank of filters: W x = (w_i * x)_i on images that go on at their other side.

Every filter slides over every pixel, so W has as many rows per pixel as there are filters, W^T is
a convolution too and W^T W is diagonal in the frequencies. What is sought is the x* of BLORC
eq. (3.1) with a strength s_i per filter,

    x* = argmin 1/2 ||x - y||^2 + sum_i s_i ||w_i * x||_1,

by the ADMM of `analysis_admm`, whose linear system is a division of spectra here.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

RELAXATION = 1.7
# In units of one over the greatest eigenvalue of W^T W.
STIFFNESS = 10.0
# Steps between looks at the gap.
BURST = 10


def analyse(
    x: Float[Tensor, "b 1 h w"], filters: Float[Tensor, "k 1 s s"]
) -> Float[Tensor, "b k h w"]:
    """W x: every filter at every pixel, which is the upper left one that the filter sees.

    Args:
        x: images, at least as large as a filter.
        filters: of odd or even side.
    """
    reach = filters.shape[-1] - 1
    return F.conv2d(F.pad(x, (0, reach, 0, reach), mode="circular"), filters)


def synthesise(
    z: Float[Tensor, "b k h w"], filters: Float[Tensor, "k 1 s s"]
) -> Float[Tensor, "b 1 h w"]:
    """W^T z."""
    reach = filters.shape[-1] - 1
    padded = F.pad(z, (reach, 0, reach, 0), mode="circular")
    return F.conv2d(padded, filters.flip(2, 3).transpose(0, 1))


def spectrum(filters: Float[Tensor, "k 1 s s"], size: tuple[int, int]) -> Float[Tensor, "h f"]:
    """The eigenvalues of W^T W for images of this size, in the order of `rfft2`."""
    return torch.fft.rfft2(filters[:, 0], s=size).abs().square().sum(0)


@dataclass(frozen=True)
class ConvolvedSolution:
    """What ADMM came to.

    Args:
        x: near the minimiser, y - W^T dual.
        dual: lambda, within the strengths; equal to them, with the sign of W x, where W x is
            guessed not to be 0.
        free: where W x is guessed to be 0: the rows W0.
        distance: a bound on the distance of x from the minimiser, sqrt(2 duality gap).
        steps: that were taken.
    """

    x: Float[Tensor, "b 1 h w"]
    dual: Float[Tensor, "b k h w"]
    free: Float[Tensor, "b k h w"]
    distance: Float[Tensor, " b"]
    steps: int


@torch.no_grad()
def solve_convolved(
    y: Float[Tensor, "b 1 h w"],
    filters: Float[Tensor, "k 1 s s"],
    strength: Float[Tensor, "#b k 1 1"],
    tolerance: float,
    steps: int,
) -> ConvolvedSolution:
    """ADMM until every image is near its minimiser.

    Args:
        y: images.
        filters: W.
        strength: s, not negative.
        tolerance: greatest distance from the minimiser as a share of the norm of y - x.
        steps: at most.
    """
    energy = spectrum(filters, (y.shape[2], y.shape[3]))
    rho = STIFFNESS / energy.max().clamp(min=1e-12).item()
    divisor, bound = 1 + rho * energy, strength / rho
    v, done = torch.zeros_like(analyse(y, filters)), 0
    while True:
        dual = rho * torch.clamp(v, -bound, bound)
        x = y - synthesise(dual, filters)
        distance = _distance(x, dual, filters, strength)
        near = distance <= tolerance * (y - x).flatten(1).norm(dim=1)
        if near.all() or done >= steps:
            free = (v.abs() <= bound).to(y)
            return ConvolvedSolution(x, dual, free, distance, done)
        v = _admm(y, filters, divisor, rho, bound, v, min(BURST, steps - done))
        done += BURST


def _admm(
    y: Tensor, filters: Tensor, divisor: Tensor, rho: float, bound: Tensor, v: Tensor, steps: int
) -> Tensor:
    """v = z + u after so many over-relaxed steps; v itself is overwritten."""
    for _ in range(steps):
        u = torch.clamp(v, -bound, bound)
        pulled = y + rho * synthesise(torch.sub(v, u, alpha=2), filters)
        x = torch.fft.irfft2(torch.fft.rfft2(pulled) / divisor, s=y.shape[2:])
        # v + RELAXATION (W x - z)
        v = v.mul_(1 - RELAXATION).add_(u.add_(analyse(x, filters)), alpha=RELAXATION)
    return v


def _distance(x: Tensor, dual: Tensor, filters: Tensor, strength: Tensor) -> Tensor:
    z = analyse(x, filters)
    gap = (strength * z.abs() - dual * z).flatten(1).sum(1)
    return (2 * gap).clamp(min=0).sqrt()
