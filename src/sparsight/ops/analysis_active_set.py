"""The exact sign pattern: guess it, solve, check the KKT conditions, mend, repeat.

With the signs s of W x known, x = P_N(W0) (y - W+-^T s) (BLORC eq. (3.2)), and the dual on the
rows W0 that x lies in the null space of is (W0 W0^T)^+ W0 (y - W+-^T s). The guess is right if no
entry of the dual exceeds 1 and W+- x has the signs s; entries that break a condition change
sides all at once (a primal-dual active set method), which mends most patterns within a few
rounds and may cycle from a bad guess.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


@dataclass(frozen=True)
class NullSpace:
    """What is needed of the rows W0 of each signal: solves with W0 W0^T.

    Args:
        rows: which of W they are, filled up with others to the number of the signal of most.
        member: 1 where such a row is of W0, 0 for what fills up.
        root: Cholesky factors of W0 W0^T, the identity for other rows.
        dependent: which signals have dependent rows in W0.
        pseudo_inverse: (W0 W0^T)^+ of those.
    """

    rows: Int[Tensor, "b z"]
    member: Float[Tensor, "b z"]
    root: Float[Tensor, "b z z"]
    dependent: Bool[Tensor, " b"]
    pseudo_inverse: Float[Tensor, "d z z"]

    def solve(self, r: Float[Tensor, "b k"]) -> Float[Tensor, "b k"]:
        """(W0 W0^T)^+ r on the rows of W0, 0 elsewhere."""
        mine = r.gather(1, self.rows) * self.member
        solved = torch.cholesky_solve(mine[..., None], self.root)[..., 0]
        if len(self.pseudo_inverse):
            least = self.pseudo_inverse @ mine[self.dependent][..., None]
            solved[self.dependent] = least[..., 0]
        return torch.zeros_like(r).scatter_(1, self.rows, solved * self.member)


def null_space(signs: Float[Tensor, "b k"], gram: Float[Tensor, "k k"]) -> NullSpace:
    """Factors W0 W0^T of every signal.

    Args:
        signs: of W x, in {-1, 0, 1}; the rows of zeros are W0.
        gram: W W^T.
    """
    zero = signs == 0
    most = int(zero.sum(1).max()) if len(zero) else 0
    rows = (~zero).to(torch.uint8).argsort(dim=1, stable=True)[:, :most]
    member = zero.gather(1, rows).to(gram)
    # Relative size of a squared pivot below which rows count as dependent.
    least = torch.finfo(gram.dtype).eps ** 0.6
    scale = gram.diagonal().mean().clamp(min=torch.finfo(gram.dtype).tiny)
    # Filling rows get the identity: they stay out of it.
    masked = gram[rows[:, :, None], rows[:, None, :]]
    masked *= member[:, :, None]
    masked *= member[:, None, :]
    masked.diagonal(dim1=1, dim2=2).add_(scale * (1 - member))
    root, failed = torch.linalg.cholesky_ex(masked)
    pivots = root.diagonal(dim1=1, dim2=2).square()
    dependent = (failed > 0) | ~(pivots >= least * scale).all(1)
    inverse = gram.new_zeros(0, most, most)
    if dependent.any():
        root[dependent] = torch.eye(most).to(gram)
        alone = masked[dependent] * member[dependent][:, :, None]
        # In single precision LAPACK gives up on some.
        inverse = torch.linalg.pinv(alone.double(), rtol=least, hermitian=True).to(gram)
    return NullSpace(rows, member, root, dependent, inverse)


def closed_form(
    y: Float[Tensor, "b n"],
    analysis: Float[Tensor, "k n"],
    signs: Float[Tensor, "b k"],
    space: NullSpace,
    guess: Float[Tensor, "b k"] | None = None,
) -> tuple[Float[Tensor, "b n"], Float[Tensor, "b k"]]:
    """x = P_N(W0) (y - W+-^T s), eq. (3.2), and its dual.

    Args:
        y: signals.
        analysis: W.
        signs: s, with zeros on W0.
        space: of these signs.
        guess: where rows of W0 are dependent there are many duals; the one nearest to this.
    """
    dual = signs if guess is None else torch.where(signs == 0, guess, signs)
    dual = dual + space.solve((y - dual @ analysis) @ analysis.T)
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
        x, dual, signs, and whether the conditions hold; where they do not, what was guessed.
    """
    slack = torch.finfo(y.dtype).eps ** 0.6
    signs = dual * (dual.abs() >= 1)
    found = y - dual @ analysis, dual.clone(), signs.clone()
    exact = torch.zeros_like(y[:, 0], dtype=torch.bool)
    rest = torch.arange(len(y), device=y.device)
    s, guess = signs, dual
    for _ in range(rounds):
        space = null_space(s, gram)
        _, guess = closed_form(y, analysis, s, space, guess)
        # Once more: rounding in the factor would leave W0 x at some multiples of it.
        x, guess = closed_form(y, analysis, s, space, guess)
        z = x @ analysis.T
        small = slack * analysis.norm(dim=1) * y.norm(dim=1, keepdim=True)
        burst = (s == 0) & (guess.abs() > 1 + slack)
        crossed = (s != 0) & (z * s < -small)
        bad = (burst | crossed).any(1)
        for whole, part in zip(found, (x, guess, s), strict=True):
            whole[rest[~bad]] = part[~bad]
        exact[rest[~bad]] = True
        rest = rest[bad]
        if not len(rest):
            break
        mended = torch.where(burst, guess.sign(), torch.where(crossed, 0.0, s))
        y, s, guess = y[bad], mended[bad], guess[bad]
    return *found, exact
