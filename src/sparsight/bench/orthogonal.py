"""Unsupervised analysis learning, the rival of BLORC section 5.1.

min over orthogonal W of the sum of ||W x_t||_1 over clean signals, by ADMM with Z = W X: soft
thresholding for Z, an orthogonal Procrustes problem for W.
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
