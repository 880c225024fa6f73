"""Loops over codes on CUDA, written in Triton: one pass through memory where torch does several.

They are the counterparts of the compiled loops that `ops.native` has for processors. Codes lie by
rows, the atoms of a patch side by side, float32 or bfloat16; all else is float32.
"""

import functools
import importlib.util
from types import ModuleType

import torch
from torch import Tensor

TYPES = torch.float32, torch.bfloat16
ROWS, COLUMNS = 16, 256  # patches of one program, and candidates


@functools.cache
def _loops() -> ModuleType | None:
    """Triton's side, which takes a second to import; None where there is no Triton."""
    if importlib.util.find_spec("triton") is None:
        return None
    from sparsight.ops import cuda_loops

    return cuda_loops


def usable(*tensors: Tensor) -> bool:
    """Whether the loops can take these: on CUDA, in the right types, and Triton is there."""
    here = all(t.device.type == "cuda" and t.dtype in TYPES for t in tensors)
    return here and _loops() is not None


def shrink_groups(u: Tensor, pooled: Tensor, t: Tensor, size: Tensor, floor: float) -> Tensor:
    """u max(1 - t size / sqrt(u^2 + pooled + floor), 0).

    Args:
        u: codes by rows, (b, n, p).
        pooled: squares of the others of the group, (b, n, p).
        t: one per image and atom, (b, p).
        size: one per image and patch, (b, n).
        floor: inside the root.
    """
    out = torch.empty_like(u)
    grid, given = _grid(u), (u, pooled, t, size, out, *u.shape[1:], floor)
    _loops().shrink_groups[grid](*given, ROWS=ROWS, ATOMS=_power(u))  # pyright: ignore[reportOptionalMemberAccess]
    return out


def shrink_groups_backward(
    u: Tensor, pooled: Tensor, t: Tensor, size: Tensor, floor: float, grad: Tensor
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Gradients of `shrink_groups` by u, pooled, t and size."""
    b, n, p = u.shape
    grad_u, grad_pooled, grad_size = (torch.empty_like(x) for x in (u, pooled, size))
    grid = _grid(u)
    grad_t = t.new_empty(b, grid[1], p)  # of each program
    given = (u, pooled, t, size, grad, grad_u, grad_pooled, grad_t, grad_size, n, p, floor)
    _loops().shrink_groups_backward[grid](*given, ROWS=ROWS, ATOMS=_power(u))  # pyright: ignore[reportOptionalMemberAccess]
    return grad_u, grad_pooled, grad_t.sum(1), grad_size


def gaussian_weights(
    products: Tensor, here: Tensor, there: Tensor, outside: Tensor | None, factor: float
) -> Tensor:
    """factor exp(-(here + there - 2 products)) in place, 0 where outside.

    Args:
        products: of receivers and senders, (b, n, l).
        here: squares of receivers, (b, n).
        there: squares of senders, (b, l).
        outside: (n, l); None for nowhere.
        factor: of all weights.
    """
    b, n, senders = products.shape
    mask = products if outside is None else outside.view(torch.uint8)
    grid = (b, -(-n // ROWS), -(-senders // COLUMNS))
    given = (products, here, there, mask, n, senders, factor)
    sizes = {"ROWS": ROWS, "COLUMNS": COLUMNS, "MASKED": outside is not None}
    _loops().gaussian_weights[grid](*given, **sizes)  # pyright: ignore[reportOptionalMemberAccess]
    return products


def _grid(u: Tensor) -> tuple[int, int]:
    return len(u), -(-u.shape[1] // ROWS)


def _power(u: Tensor) -> int:
    """Atoms, up to the next power of two."""
    return 1 << (u.shape[2] - 1).bit_length()
