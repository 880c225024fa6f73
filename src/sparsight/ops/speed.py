"""What this processor does well, asked once in one place."""

import contextlib
import ctypes
import functools
import importlib.util
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import torch

Item = TypeVar("Item")
Result = TypeVar("Result")


def fused(function: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    """One pass through memory in place of one per operation, in trainings on CUDA.

    There memory is what elementwise formulas wait for. Compiling takes seconds, which a training
    has and a single picture has not.

    Args:
        function: of tensors, entry by entry but for broadcasts.
    """
    compiled = functools.cache(lambda: torch.compile(function))  # which takes a second to import
    compiles = importlib.util.find_spec("triton") is not None

    @functools.wraps(function)
    def chosen(*tensors: torch.Tensor) -> torch.Tensor:
        pays = compiles and torch.is_grad_enabled() and tensors[0].device.type == "cuda"
        return (compiled() if pays else function)(*tensors)

    return chosen


def prefers_bfloat16() -> bool:
    """Whether products in bfloat16 are faster than in float32 here."""
    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported()
    return bool(getattr(torch.cpu, "_is_amx_tile_supported", bool)())


def convolves_in_bfloat16() -> bool:
    """Whether convolutions in bfloat16 are faster than in float32 here.

    They are on processors without matrix units too, if these multiply bfloat16 in vectors; plain
    products are not.
    """
    return prefers_bfloat16() or bool(getattr(torch.cpu, "_is_avx512_bf16_supported", bool)())


def tune_process() -> None:
    """Settings of the process: the faster library for products, and freed memory is kept."""
    # oneDNN multiplies float32 twice as fast as MKL on AMD's processors of 512-bit vectors, and
    # no worse on others. "Medium" chooses it; with matrix units it would lower the precision.
    vectors = torch.backends.cpu.get_cpu_capability() == "AVX512"
    if vectors and not prefers_bfloat16() and not torch.cuda.is_available():
        torch.set_float32_matmul_precision("medium")
    _keep_freed_memory()


def multiply_in_tf32() -> None:
    """Products on CUDA in TF32: three digits of each factor, which is enough to train by."""
    if torch.cuda.is_available():
        torch.set_float32_matmul_precision("high")


@contextlib.contextmanager
def full_products(like: torch.Tensor) -> Iterator[None]:
    """Products on CUDA with all digits of float32, whatever was set."""
    before = torch.get_float32_matmul_precision()
    if like.device.type == "cuda":
        torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        if like.device.type == "cuda":
            torch.set_float32_matmul_precision(before)


def _keep_freed_memory() -> None:
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


def map_on_threads(
    function: Callable[[Item], Result], items: Iterable[Item], threads: int | None = None
) -> Iterator[Result]:
    """function(item) for every item, in order, several at a time.

    Small pieces of work gain more from a core each than from all cores one after the other:
    every worker computes with one thread. At most two items per worker are waited for, so
    items may be an endless stream.

    Args:
        function: must set grad and inference modes itself, for they belong to a thread; autocast
            on a processor, which does too, is taken over from this one.
        items: drawn in this thread.
        threads: workers; None for as many as torch would use.
    """
    most = torch.get_num_threads() if threads is None else threads
    if most == 1:
        yield from map(function, items)
        return
    low, enabled = torch.get_autocast_dtype("cpu"), torch.is_autocast_enabled("cpu")

    def work(item: Item) -> Result:
        with torch.autocast("cpu", low, enabled=enabled):
            return function(item)

    pool = ThreadPoolExecutor(most, initializer=torch.set_num_threads, initargs=(1,))
    waiting: deque[Future[Result]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) == 2 * most:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
        # Workers set the number for threads yet to come as well.
        torch.set_num_threads(most if threads is None else torch.get_num_threads())
