"""ADMM for x* = argmin 1/2 ||x - y||^2 + ||W x||_1, many signals at once (BLORC eq. (3.1)).

With z = W x split off, the scaled dual u of a step is what soft thresholding of v = z + u leaves,
so v is all that ADMM remembers: z = S(v), u = clip(v), lambda = rho u. A step is one product with
rho W (I + rho W^T W)^-1 W^T, which is computed once per W. Every lambda on the way is feasible for
the dual problem, and the gap between both problems bounds the distance of x = y - W^T lambda
from the minimiser, which is what the tolerance is about.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

RELAXATION = 1.7
# Orthogonal and random W do best at 1, finite differences at 10 and more.
STIFFNESS = 3.0
# Steps between looks at the gap.
BURST = 25


@dataclass(frozen=True)
class Factor:
    """What ADMM computes once per W.

    Args:
        analysis: W.
        rho: of the augmented Lagrangian.
        resolvent: (I + rho W^T W)^-1 W^T.
        step: rho W (I + rho W^T W)^-1 W^T.
    """

    analysis: Float[Tensor, "k n"]
    rho: float
    resolvent: Float[Tensor, "n k"]
    step: Float[Tensor, "k k"]


def factor(analysis: Float[Tensor, "k n"]) -> Factor:
    """Prepares ADMM for one W.

    rho is STIFFNESS over the mean square of its singular values; a W of zeros takes 1.

    Args:
        analysis: W.
    """
    k, n = analysis.shape
    energy = analysis.square().sum().item() / min(k, n)
    rho = STIFFNESS / energy if energy > 0 else 1.0
    normal = torch.eye(n).to(analysis) + rho * analysis.T @ analysis
    resolvent = torch.cholesky_solve(analysis.T, torch.linalg.cholesky(normal))
    return Factor(analysis, rho, resolvent, rho * analysis @ resolvent)


def admm(
    y: Float[Tensor, "b n"], prepared: Factor, v: Float[Tensor, "b k"], steps: int
) -> Float[Tensor, "b k"]:
    """v = z + u after so many over-relaxed steps.

    Args:
        y: signals.
        prepared: W and what belongs to it.
        v: where to start; zeros, or `state_of` a dual known from before.
        steps: of ADMM.
    """
    bound = 1 / prepared.rho
    constant = y @ prepared.resolvent
    for _ in range(steps):
        u = v.clamp(-bound, bound)
        responses = torch.addmm(constant, torch.sub(v, u, alpha=2), prepared.step)
        # v + RELAXATION (W x - z), z = v - u
        v = responses.add_(u).mul_(RELAXATION).add_(v, alpha=1 - RELAXATION)
    return v


def dual_of(v: Float[Tensor, "b k"], prepared: Factor) -> Float[Tensor, "b k"]:
    """lambda, between -1 and 1."""
    return (prepared.rho * v).clamp(-1, 1)


def state_of(
    dual: Float[Tensor, "b k"], x: Float[Tensor, "b n"], prepared: Factor
) -> Float[Tensor, "b k"]:
    """The v that belongs to a dual and its signal: a fixed point where they are optimal."""
    return x @ prepared.analysis.T + dual / prepared.rho


@torch.no_grad()
def approach_analysis(
    y: Float[Tensor, "b n"], analysis: Float[Tensor, "k n"], tolerance: float, steps: int
) -> Float[Tensor, "b n"]:
    """ADMM alone, each signal until it is near enough: quick, without sign pattern or gradient.

    Args:
        y: signals.
        analysis: W.
        tolerance: greatest distance from the minimiser as a share of the signal's norm.
        steps: at most.
    """
    prepared, done = factor(analysis), 0
    v, x, rest = torch.zeros_like(y @ analysis.T), y.clone(), torch.arange(len(y), device=y.device)
    allowed = tolerance * y.norm(dim=1)
    while len(rest) and done < steps:
        v = admm(y[rest], prepared, v, min(BURST, steps - done))
        done += BURST
        dual = dual_of(v, prepared)
        x[rest] = y[rest] - dual @ analysis
        far = distance_bound(x[rest], dual, analysis) > allowed[rest]
        v, rest = v[far], rest[far]
    return x


def distance_bound(
    x: Float[Tensor, "b n"], dual: Float[Tensor, "b k"], analysis: Float[Tensor, "k n"]
) -> Float[Tensor, " b"]:
    """How far x = y - W^T dual can be from the minimiser: sqrt(2 gap), by strong convexity."""
    z = x @ analysis.T
    return (2 * (z.abs() - dual * z).sum(1)).clamp(min=0).sqrt()
