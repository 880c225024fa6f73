"""The closed form on whole images, by conjugate gradients instead of factors (BLORC section 3).

The rows W0 of a whole image are far too many to factor W0 W0^T, but the projection P_N(W0) is all
that eqs. (3.2), (3.4) and (3.5) need: g - W0^T mu with the mu that is least squares' answer to
W0^T mu = g, which conjugate gradients find with one convolution each way a step. As with
matrices (`ops.analysis`), the gradients by filters and strengths are those of

    -<lambda, W (P g)> - <mu, W x*>    and    -<sign, W+- (P g)>.

Where rows W0 depend on each other, as all filters do on an area that is exactly flat, the signs
are not constant near W and there is no derivative; mu of least norm is then one choice of many.
Noisy photographs at useful strengths have a few per cent of all rows in W0, fewer than pixels.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from sparsight.ops.convolved import ConvolvedSolution, analyse, synthesise


@dataclass(frozen=True)
class Accuracy:
    """When conjugate gradients are near enough.

    Args:
        tolerance: what may be left of W0 (P g), as a share of W0 g.
        steps: at most.
    """

    tolerance: float = 1e-3
    steps: int = 60


def project(
    g: Float[Tensor, "b 1 h w"],
    filters: Float[Tensor, "k 1 s s"],
    free: Float[Tensor, "b k h w"],
    accuracy: Accuracy,
) -> tuple[Float[Tensor, "b 1 h w"], Float[Tensor, "b k h w"]]:
    """P_N(W0) g, and the mu of least norm with P_N(W0) g = g - W0^T mu.

    Args:
        g: images.
        filters: W.
        free: 1 on the rows W0, 0 elsewhere.
        accuracy: of both.
    """
    rest, mu = g, torch.zeros_like(free)
    slope = free * analyse(rest, filters)
    way, size, left = slope, _energy(slope), _energy(rest)
    precision, tiny = 16 * torch.finfo(g.dtype).eps, torch.finfo(g.dtype).tiny
    # Below this W0 (P g) is rounding, on which further steps would only build.
    floor = precision**2 * filters.square().sum() * left
    least, slack = torch.maximum(accuracy.tolerance**2 * size, floor), 1 + precision
    going = size > least
    for _ in range(accuracy.steps):
        if not going.any():
            break
        moved = synthesise(way, filters)
        step = size / _energy(moved).clamp(min=tiny)
        # Where rounding has the word, what is left of an image grows: the step before was the last.
        after = rest - step * moved
        going, left = going & (_energy(after) <= slack * left), torch.minimum(_energy(after), left)
        rest, mu = torch.where(going, after, rest), torch.where(going, mu + step * way, mu)
        slope = free * analyse(rest, filters)
        before, size = size, _energy(slope)
        way = slope + size / before.clamp(min=tiny) * way
        going = going & (size > least)
    return rest, mu


def apply_convolved_form(
    y: Float[Tensor, "b 1 h w"],
    filters: Float[Tensor, "k 1 s s"],
    strength: Float[Tensor, "#b k 1 1"],
    solution: ConvolvedSolution,
    accuracy: Accuracy,
) -> Float[Tensor, "b 1 h w"]:
    """P_N(W0) (y - W+-^T s), with gradients by y, W and the strengths.

    Args:
        y: images.
        filters: W.
        strength: s.
        solution: of these, whose signs are taken.
        accuracy: of the projections, forward and backward.
    """
    return _ClosedForm.apply(y, filters, strength, solution, accuracy)  # pyright: ignore[reportReturnType]


class _ClosedForm(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx,
        y: Tensor,
        filters: Tensor,
        strength: Tensor,
        solution: ConvolvedSolution,
        accuracy: Accuracy,
    ) -> Tensor:
        # Of all duals of these signs the one nearest to the solver's, which hardly moves.
        x, more = project(y - synthesise(solution.dual, filters), filters, solution.free, accuracy)
        ctx.accuracy, ctx.shape = accuracy, strength.shape
        ctx.save_for_backward(filters, x, solution.dual, more, solution.free)
        return x

    @staticmethod
    @once_differentiable
    def backward(ctx, g: Tensor):
        filters, x, dual, more, free = ctx.saved_tensors
        projected, mu = project(g, filters, free, ctx.accuracy)
        with torch.enable_grad():
            w = filters.detach().requires_grad_()
            pulled = (dual + more) * analyse(projected, w) + mu * analyse(x, w)
            (by_filters,) = torch.autograd.grad(-pulled.sum(), w)
        signs = (1 - free) * dual.sign()
        by_strength = -(signs * analyse(projected, filters)).sum((2, 3), keepdim=True)
        return projected, by_filters, by_strength.sum_to_size(ctx.shape), None, None


def _energy(z: Tensor) -> Tensor:
    """Squared norm of each image's numbers, (b, 1, 1, 1)."""
    return z.square().sum((1, 2, 3), keepdim=True)
