"""x* = argmin 1/2 ||x - y||^2 + ||W x||_1: solved exactly, and differentiated (BLORC section 3).

The solver needs no gradient: once it knows the signs s of W x*, the closed form
x* = P_N(W0) (y - W+-^T s), eq. (3.2), is explicit near W, and eqs. (3.4) and (3.5) are its
derivative. With the dual lambda (s on W+-, W0^+T q on W0), g the gradient by x and mu = W0^+T g
on W0, both equations together read

    gradient by W = -(lambda (P g)^T + mu x*^T),

two products for a whole batch, and the gradient by y is P g.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from sparsight.ops.analysis_active_set import (
    NullSpace,
    closed_form,
    null_space,
    polish,
)
from sparsight.ops.analysis_admm import admm, distance_bound, dual_of, factor, state_of

FIRST = 50
ROUNDS = 10


@dataclass(frozen=True)
class AnalysisSolution:
    """What the solver found for every signal.

    Args:
        x: the minimiser.
        dual: lambda, from -1 to 1, with x = y - W^T lambda.
        signs: of W x, -1, 0 or 1.
        exact: whether x, dual and signs fulfil the KKT conditions to rounding.
        distance: a bound on the distance of x from the minimiser, sqrt(2 duality gap).
        steps: of ADMM, for the signal that took most.
    """

    x: Float[Tensor, "b n"]
    dual: Float[Tensor, "b k"]
    signs: Float[Tensor, "b k"]
    exact: Bool[Tensor, " b"]
    distance: Float[Tensor, " b"]
    steps: int


@torch.no_grad()
def solve_analysis(
    y: Float[Tensor, "b n"],
    analysis: Float[Tensor, "k n"],
    start: Float[Tensor, "b k"] | None = None,
    tolerance: float = 0.0,
    steps: int = 6400,
) -> AnalysisSolution:
    """ADMM and active sets in turns, until the sign pattern of every signal is exact.

    Args:
        y: signals, of any scale.
        analysis: W; its scale is the strength of the penalty.
        start: a dual known from before, e.g. for a W that was a little different.
        tolerance: a signal nearer than this to its minimiser is done, exact or not.
        steps: of ADMM, at most; a signal that is not exact by then says so.

    Raises:
        ValueError: y or W is not finite.
    """
    for name, values in (("y", y), ("analysis", analysis)):
        if not values.isfinite().all():
            raise ValueError(f"{name} holds NaN or infinite numbers; give finite ones")
    prepared, gram = factor(analysis), analysis @ analysis.T
    dual = torch.zeros_like(y @ analysis.T) if start is None else start.clamp(-1, 1)
    v = state_of(dual, y - dual @ analysis, prepared) if start is not None else dual.clone()
    x, signs = torch.empty_like(y), torch.empty_like(dual)
    exact = torch.zeros(len(y), dtype=torch.bool, device=y.device)
    rest, done, burst = torch.arange(len(y), device=y.device), 0, FIRST if start is None else 0
    while len(rest):
        v[rest] = admm(y[rest], prepared, v[rest], burst)
        done += burst
        dual[rest] = dual_of(v[rest], prepared)
        found = polish(y[rest], analysis, gram, dual[rest], ROUNDS)
        x[rest], dual[rest], signs[rest], exact[rest] = found
        near = found[3] | (distance_bound(found[0], found[1], analysis) <= tolerance)
        rest, burst = rest[~near], min(max(FIRST, 2 * burst), steps - done)
        if not burst:
            break
    return AnalysisSolution(x, dual, signs, exact, distance_bound(x, dual, analysis), done)


def apply_closed_form(
    y: Float[Tensor, "b n"], analysis: Float[Tensor, "k n"], signs: Float[Tensor, "b k"]
) -> Float[Tensor, "b n"]:
    """P_N(W0) (y - W+-^T s), with gradients by W and y: eqs. (3.2), (3.4), (3.5).

    Args:
        y: signals.
        analysis: W.
        signs: s, and 0 on the rows W0; dependent rows there go through the pseudo-inverse.
    """
    return _ClosedForm.apply(y, analysis, signs)  # pyright: ignore[reportReturnType]


class _ClosedForm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, y: Tensor, analysis: Tensor, signs: Tensor) -> Tensor:
        space = null_space(signs, analysis @ analysis.T)
        x, dual = closed_form(y, analysis, signs, space)
        parts = space.rows, space.member, space.root, space.dependent, space.pseudo_inverse
        ctx.save_for_backward(analysis, x, dual, *parts)
        return x

    @staticmethod
    @once_differentiable
    def backward(ctx, g: Tensor):
        analysis, x, dual, *space = ctx.saved_tensors
        mu = NullSpace(*space).solve(g @ analysis.T)
        projected = g - mu @ analysis
        return projected, -(dual.T @ projected + mu.T @ x), None
