"""Orthogonal analysis operators: the unsupervised rival of BLORC section 5.1, and its ceiling.

Unsupervised: min over orthogonal W of the sum of ||W x_t||_1 over clean signals, by ADMM with
Z = W X: soft thresholding for Z, an orthogonal Procrustes problem for W. Supervised: the
orthogonal W whose x* = W^T S(W y) (section 3.2.2) come closest to clean signals, which tells what
any orthogonal W can do.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from sparsight.ops import soft_threshold


def learn_orthogonal(
    clean: Float[Tensor, "t n"], steps: int = 500, rho: float = 10.0
) -> Float[Tensor, "n n"]:
    """An orthogonal W under which clean signals are sparse.

    Args:
        clean: signals, of size about 1.
        steps: of ADMM.
        rho: of the augmented Lagrangian.
    """
    n = clean.shape[1]
    analysis = torch.eye(n).to(clean)
    x, u = clean.T, clean.new_zeros(n, len(clean))
    for _ in range(steps):
        z = soft_threshold(analysis @ x + u, x.new_full((1, 1), 1 / rho))
        left, _, right = torch.linalg.svd((z - u) @ x.T)
        analysis = left @ right
        u = u + analysis @ x - z
    return analysis


def learn_orthogonal_denoiser(
    clean: Float[Tensor, "t n"],
    noisy: Float[Tensor, "t n"],
    start: Float[Tensor, "n n"],
    steps: int = 400,
    batch: int = 400,
) -> Float[Tensor, "n n"]:
    """S W with an orthogonal W and a strength per row, learned from pairs by Adam.

    Args:
        clean: signals, of size about 1.
        noisy: likewise, with noise.
        start: an orthogonal W; steps go along its Cayley transforms.
        steps: of Adam.
        batch: pairs per step.
    """
    eye = torch.eye(len(start)).to(start)
    skew = torch.zeros_like(start, requires_grad=True)
    strength = torch.full((len(start),), 0.1).to(start).requires_grad_()
    adam = torch.optim.Adam([skew, strength], 1e-2)

    def rotated() -> Tensor:
        turn = (skew - skew.T) / 2
        return torch.linalg.solve(eye + turn, eye - turn) @ start

    for step in range(steps):
        some = torch.arange(step * batch, (step + 1) * batch) % len(clean)
        analysis = rotated()
        codes = noisy[some] @ analysis.T
        kept = codes.sign() * (codes.abs() - strength.abs()).relu()
        loss = (kept @ analysis - clean[some]).square().sum(1).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
    with torch.no_grad():
        return strength.abs()[:, None] * rotated()
