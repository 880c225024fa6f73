"""What this processor does well, asked once in one place."""

import ctypes
import sys

import torch


def prefers_bfloat16() -> bool:
    """Whether products in bfloat16 are faster than in float32 here."""
    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported()
    return bool(getattr(torch.cpu, "_is_amx_tile_supported", bool)())


def tune_allocator() -> None:
    """Keeps freed memory in the process: codes are large and come and go at every step.

    By default glibc hands big buffers back to the kernel at once, and every step then pays
    for fresh pages; that costs as much as the products. Elsewhere this does nothing.
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        libc = ctypes.CDLL("libc.so.6")
        threshold_mmap, threshold_trim = -3, -1
        libc.mallopt(threshold_mmap, 1 << 25)
        libc.mallopt(threshold_trim, (1 << 31) - 1)
    except OSError:
        return
