"""Minimisers that know nothing of formulas: what closed forms are held to."""

from collections.abc import Callable

import numpy as np
import torch
from scipy.optimize import minimize
from torch import Tensor


def minimise(psi: Callable[[Tensor], Tensor], z: Tensor, t: float, rounds: int = 200) -> Tensor:
    """The minimiser of 1/2 ||u - z||^2 + t psi(u), by cutting planes (Kelley's method).

    psi is replaced by the greatest of its tangents found so far. The minimum of that model is a
    lower bound, so the search knows how near it is: it stops within 1e-10 of the lowest value,
    that is within 2e-5 of the minimiser.

    Args:
        psi: convex, differentiable by autograd almost everywhere; gives one number.
        z: few numbers, float64.
        t: positive.
        rounds: tangents at most.

    Raises:
        RuntimeError: no such point was found.
    """
    generator = torch.Generator().manual_seed(0)
    centre, point = z.numpy().ravel(), z
    slopes, heights = np.zeros((0, z.numel())), np.zeros(0)
    lowest = np.inf
    for _ in range(rounds):
        # Beside the point, not at it: autograd is not to be asked at a kink.
        beside = point + 1e-7 * torch.randn(z.shape, generator=generator, dtype=z.dtype)
        slope, height = tangent(psi, beside)
        slopes, heights = np.vstack([slopes, slope]), np.append(heights, height)
        u, bound = lowest_on_tangents(slopes, heights, centre, t, point.numpy().ravel())
        point = torch.from_numpy(u).reshape(z.shape)
        lowest = min(lowest, float((point - z).square().sum() / 2 + t * psi(point)))
        if lowest - bound < 1e-10:
            return point
    raise RuntimeError(f"still {lowest - bound:.1e} above the bound after {rounds} rounds")


def tangent(psi: Callable[[Tensor], Tensor], u: Tensor) -> tuple[np.ndarray, float]:
    """Slope of psi at u, and the height of the tangent at 0."""
    u = u.clone().requires_grad_()
    value = psi(u)
    (slope,) = torch.autograd.grad(value, u)
    return slope.numpy().ravel(), (value - (slope * u).sum()).item()


def lowest_on_tangents(
    slopes: np.ndarray, heights: np.ndarray, centre: np.ndarray, t: float, start: np.ndarray
) -> tuple[np.ndarray, float]:
    """Minimum of 1/2 ||u - centre||^2 + t max_i (slopes_i u + heights_i), by its epigraph."""
    found = minimize(
        lambda v: ((v[:-1] - centre) ** 2).sum() / 2 + t * v[-1],
        np.append(start, (slopes @ start + heights).max()),
        jac=lambda v: np.append(v[:-1] - centre, t),
        constraints={
            "type": "ineq",
            "fun": lambda v: v[-1] - slopes @ v[:-1] - heights,
            "jac": lambda v: np.hstack([-slopes, np.ones((len(slopes), 1))]),
        },
        method="SLSQP",
        options={"ftol": 1e-15, "maxiter": 200},
    )
    return found.x[:-1], found.fun
