"""The exact sign pattern: guess it, solve, check the KKT conditions, mend, repeat.

With the signs s of W x known, x = P_N(W0) (y - W+-^T s) (BLORC eq. (3.2)), and the dual on the
rows W0 that x lies in the null space of is (W0 W0^T)^+ W0 (y - W+-^T s). The guess is right if no
entry of the dual exceeds 1 and W+- x has the signs s; entries that break a condition change
sides all at once (a primal-dual active set method), which mends most patterns within a few
rounds and may cycle from a bad guess.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor


@dataclass(frozen=True)
class NullSpace:
    """What is needed of the rows W0 of each signal: solves with W0 W0^T.

    Args:
        zero: which rows of W belong to W0.
        inverse_root: Cholesky factors of W0 W0^T, the identity for other rows.
        dependent: which signals have dependent rows in W0.
        pseudo_inverse: (W0 W0^T)^+ of those.
    """

    zero: Float[Tensor, "b k"]
    inverse_root: Float[Tensor, "b k k"]
    dependent: Bool[Tensor, " b"]
    pseudo_inverse: Float[Tensor, "d k k"]

    def solve(self, r: Float[Tensor, "b k"]) -> Float[Tensor, "b k"]:
        """(W0 W0^T)^+ r on the rows of W0, 0 elsewhere."""
        r = r * self.zero
        solved = torch.cholesky_solve(r[..., None], self.inverse_root)[..., 0]
        if len(self.pseudo_inverse):
            least = self.pseudo_inverse @ r[self.dependent][..., None]
            solved[self.dependent] = least[..., 0]
        return solved * self.zero


def null_space(signs: Float[Tensor, "b k"], gram: Float[Tensor, "k k"]) -> NullSpace:
    """Factors W0 W0^T of every signal.

    Args:
        signs: of W x, in {-1, 0, 1}; the rows of zeros are W0.
        gram: W W^T.
    """
    zero = (signs == 0).to(gram)
    # Relative size of a squared pivot below which rows count as dependent.
    least = torch.finfo(gram.dtype).eps ** 0.6
    scale = gram.diagonal().mean().clamp(min=torch.finfo(gram.dtype).tiny)
    masked = zero[:, :, None] * gram * zero[:, None, :]
    padded = masked + scale * torch.diag_embed(1 - zero)
    root, failed = torch.linalg.cholesky_ex(padded)
    pivots = root.diagonal(dim1=1, dim2=2).square()
    dependent = (failed > 0) | (pivots.amin(1) < least * scale)
    root[dependent] = torch.eye(len(gram)).to(gram)
    # In single precision LAPACK gives up on some.
    inverse = torch.linalg.pinv(masked[dependent].double(), rtol=least, hermitian=True)
    return NullSpace(zero, root, dependent, inverse.to(gram))


def closed_form(
    y: Float[Tensor, "b n"],
    analysis: Float[Tensor, "k n"],
    signs: Float[Tensor, "b k"],
    space: NullSpace,
    guess: Float[Tensor, "b k"] | float = 0.0,
) -> tuple[Float[Tensor, "b n"], Float[Tensor, "b k"]]:
    """x = P_N(W0) (y - W+-^T s), eq. (3.2), and its dual.

    Args:
        y: signals.
        analysis: W.
        signs: s, with zeros on W0.
        space: of these signs.
        guess: where rows of W0 are dependent there are many duals; the one nearest to this.
    """
    dual = signs + space.zero * guess
    dual = dual + space.solve((y - dual @ analysis) @ analysis.T)
    # Once more: the factor's rounding would leave W0 x at some multiples of it.
    x = y - dual @ analysis
    dual = dual + space.solve(x @ analysis.T)
    return y - dual @ analysis, dual


def polish(
    y: Float[Tensor, "b n"],
    analysis: Float[Tensor, "k n"],
    gram: Float[Tensor, "k k"],
    dual: Float[Tensor, "b k"],
    rounds: int,
) -> tuple[Float[Tensor, "b n"], Float[Tensor, "b k"], Float[Tensor, "b k"], Bool[Tensor, " b"]]:
    """Mends the pattern of every signal until the KKT conditions hold or rounds are over.

    Args:
        y: signals.
        analysis: W.
        gram: W W^T.
        dual: a guess; its entries of size 1 are where W x is guessed not to be 0.
        rounds: at most.

    Returns:
        x, dual, signs, and whether the conditions hold.
    """
    slack = torch.finfo(y.dtype).eps ** 0.6
    signs = dual * (dual.abs() >= 1)
    x, exact = torch.zeros_like(y), torch.zeros_like(y[:, 0], dtype=torch.bool)
    dual, open_ = dual.clone(), torch.arange(len(y), device=y.device)
    for _ in range(rounds):
        s = signs[open_]
        space = null_space(s, gram)
        xs, lam = closed_form(y[open_], analysis, s, space, dual[open_])
        z = xs @ analysis.T
        small = slack * analysis.norm(dim=1) * y[open_].norm(dim=1, keepdim=True)
        burst = (space.zero > 0) & (lam.abs() > 1 + slack)
        crossed = (s != 0) & (z * s < -small)
        good = ~(burst | crossed).any(1)
        x[open_], dual[open_], exact[open_] = xs, lam, good
        signs[open_] = torch.where(burst, lam.sign(), torch.where(crossed, 0.0, s))
        open_ = open_[~good]
        if not len(open_):
            break
    return x, dual, signs, exact
