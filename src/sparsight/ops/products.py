"""Matrix products written in place, in the type that autocast asks for."""

import torch
from torch import Tensor


def low_precision(z: Tensor) -> torch.dtype | None:
    """The type that autocast wants products in; sums and codes keep their own."""
    kind = z.device.type
    return torch.get_autocast_dtype(kind) if torch.is_autocast_enabled(kind) else None


def multiply(a: Tensor, b: Tensor, out: Tensor, low: torch.dtype | None) -> None:
    """out = a b."""
    if low is None:
        torch.mm(a, b, out=out)
    else:
        out.copy_(a.to(low) @ b.to(low))


def add_product(
    z: Tensor, r: Tensor, matrix: Tensor, out: Tensor, low: torch.dtype | None, sign: int = 1
) -> None:
    """out = z + sign * matrix^T r, column by column in memory."""
    if low is None:
        torch.addmm(z.T, r.T, matrix, alpha=sign, out=out.T)
    else:
        torch.add(z, matrix.T.to(low) @ r.to(low), alpha=sign, out=out)


def outer(a: Tensor, b: Tensor, low: torch.dtype | None) -> Tensor:
    """Sum over images and patches of a b^T."""
    total = a.new_zeros(a.shape[1], b.shape[1])
    for left, right in zip(a, b, strict=True):
        add_outer(total, left, right, low)
    return total


def add_outer(total: Tensor, a: Tensor, b: Tensor, low: torch.dtype | None, sign: int = 1) -> None:
    """Adds sign * a b^T to the total."""
    if low is None:
        total.addmm_(a, b.T, alpha=sign)
    else:
        total.add_(a.to(low) @ b.T.to(low), alpha=sign)
