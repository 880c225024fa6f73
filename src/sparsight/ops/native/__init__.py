"""Compiled loops over codes, where the package was built with a C compiler.

The functions of `ops` ask `usable` and fall back to plain torch. Codes are float32 on the CPU
with the atoms of a patch side by side in memory (`rows`); one library per instruction set is
built (`hatch_build.py`) and the processor picks. SPARSIGHT_NATIVE=0 leaves them all out.
"""

import ctypes
import hashlib
import os
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

LANES = 16

_SIZE, _POINTER, _NUMBER = ctypes.c_size_t, ctypes.c_void_p, ctypes.c_float
_PULLS = [_SIZE] * 5 + [_POINTER] + [_SIZE] * 2 + [_POINTER, _SIZE] + [_POINTER, _SIZE] * 3
_SIGNATURES = {
    "soft_threshold": [_SIZE] * 3 + [_POINTER] * 2 + [_SIZE, _POINTER],
    "soft_threshold_backward": [_SIZE] * 2 + [_POINTER] * 4,
    "expanding_threshold_backward": [_SIZE] * 2 + [_POINTER] * 5,
    "centralized_shrink": [_SIZE] * 3 + [_POINTER] * 3 + [_SIZE, _POINTER, _SIZE, _POINTER],
    "centralized_shrink_backward": [_SIZE] * 2 + [_POINTER] * 9,
    "group_shrink": [_SIZE] * 3 + [_POINTER] * 3 + [_SIZE, _POINTER, _NUMBER, _POINTER],
    "group_shrink_backward": [_SIZE] * 2 + [_POINTER] * 4 + [_NUMBER] + [_POINTER] * 5,
    "clip_differences": [*_PULLS, _POINTER],
    "clip_differences_backward": [*_PULLS] + [_POINTER] * 4,
    "gaussian_weights": [_SIZE] * 3 + [_POINTER] * 3 + [_NUMBER, _POINTER],
    "sparse_product": [_SIZE] * 4 + [_POINTER, _SIZE] + [_POINTER] * 2 + [_SIZE] + [_POINTER] * 2,
    "patch_distances": [_SIZE] * 3 + [_POINTER] + [_SIZE] * 2 + [_POINTER] * 4,
    "patch_distances_backward": [_SIZE] * 3 + [_POINTER] + [_SIZE] * 2 + [_POINTER] * 6,
    "code_patches": [_SIZE] * 4 + [_POINTER] * 5,
    "code_patches_backward": [_SIZE] * 3 + [_POINTER] * 9,
}


def _load() -> ctypes.CDLL | None:
    level = {"AVX512": "avx512", "AVX2": "avx2"}.get(torch.backends.cpu.get_cpu_capability())
    path = Path(__file__).parent / f"kernels-{level or 'plain'}.so"
    if os.environ.get("SPARSIGHT_NATIVE") == "0" or not path.is_file():
        return None
    try:
        library = ctypes.CDLL(str(path))
        digest = hashlib.sha256(path.with_name("kernels.c").read_bytes()).hexdigest()
        built_from = ctypes.c_char.in_dll(library, "built_from")
        if ctypes.string_at(ctypes.addressof(built_from)) != digest.encode():
            return None  # left over from another version of the source
        for name, signature in _SIGNATURES.items():
            getattr(library, name).argtypes = signature
            getattr(library, name).restype = _SIZE if name == "code_patches" else None
    except (OSError, AttributeError, ValueError):  # built for another system
        return None
    return library


_library = _load()


def available() -> bool:
    """Whether the package was built with its compiled loops."""
    return _library is not None


def fits(like: Tensor, atoms: int) -> bool:
    """Whether the compiled loops can code tensors of this kind with so many atoms."""
    kind = like.device.type == "cpu" and like.dtype == torch.float32
    return _library is not None and kind and atoms % LANES == 0


def usable(*codes: Tensor) -> bool:
    """Whether the compiled loops can take these codes, (b, p, n) each."""
    return all(z.ndim == 3 and fits(z, z.shape[1]) and z.mT.is_contiguous() for z in codes)


def call(name: str, *arguments: Tensor | int | float) -> Any:
    """Calls a loop: tensors go as the address of their first number, all else as it is."""
    plain = [a.data_ptr() if isinstance(a, Tensor) else a for a in arguments]
    return getattr(_library, name)(*plain)


def empty_codes(like: Tensor) -> Tensor:
    """New codes of that shape, the atoms of a patch side by side in memory."""
    b, p, n = like.shape
    return like.new_empty(b, n, p).mT


def as_codes(values: Tensor) -> Tensor:
    """The same values, the atoms of a patch side by side in memory."""
    return values if usable(values) else empty_codes(values).copy_(values)


def sparse_product(base: Tensor, factors: Tensor, matrix: Tensor, squared: bool = False) -> Tensor:
    """base + factors matrix, or base^2 + factors matrix, leaving out zero factors.

    Args:
        base: rows, (b, n, p), contiguous, p a multiple of LANES.
        factors: (b, n, l), contiguous; fastest where rows have their zeros in the same places as
            the rows before.
        matrix: (l, p), or one per image, (b, l, p).
        squared: squares the base.
    """
    out, work = torch.empty_like(base), base.new_empty(7 * (factors.shape[2] + LANES))
    size, step = (*factors.shape, base.shape[2]), stride_of(matrix, 3)
    call("sparse_product", *size, base, int(squared), factors, matrix, step, work, out)
    return out


def stride_of(per_image: Tensor, axes: int) -> int:
    """Numbers from one image's part of a contiguous tensor to the next; 0 if images share it."""
    return per_image[0].numel() if per_image.ndim == axes and len(per_image) > 1 else 0
