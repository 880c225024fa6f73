"""What the processor is asked, and work spread over its cores."""

import itertools
import threading
import time

import pytest
import torch

from sparsight.ops.speed import (
    convolves_in_bfloat16,
    map_on_threads,
    prefers_bfloat16,
    tune_process,
)


def test_the_processor_answers():
    assert isinstance(prefers_bfloat16(), bool)
    assert convolves_in_bfloat16() >= prefers_bfloat16()
    before = torch.get_float32_matmul_precision()
    try:
        tune_process()
        a, b = torch.randn(300, 200), torch.randn(200, 100)
        torch.testing.assert_close(a @ b, (a.double() @ b.double()).float(), rtol=0, atol=1e-3)
    finally:
        torch.set_float32_matmul_precision(before)


@pytest.mark.parametrize("threads", [None, 1, 2, 5])
def test_results_come_in_order(threads):
    def late(i: int) -> int:
        time.sleep(0.002 * (7 - i % 7))
        return i * i

    assert list(map_on_threads(late, range(20), threads)) == [i * i for i in range(20)]


def test_items_may_be_endless():
    drawn = []
    squares = map_on_threads(lambda i: i * i, (drawn.append(i) or i for i in itertools.count()), 3)
    assert [next(squares) for _ in range(5)] == [0, 1, 4, 9, 16]
    assert len(drawn) < 5 + 2 * 3
    squares.close()


def test_workers_compute_alone_and_leave_no_trace():
    before = torch.get_num_threads()
    alone = list(map_on_threads(lambda _: torch.get_num_threads(), range(6), 3))
    assert alone == [1] * 6
    assert torch.get_num_threads() == before
    later: list[int] = []
    thread = threading.Thread(target=lambda: later.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert later == [before]


@pytest.mark.parametrize("threads", [1, 3])
def test_autocast_is_that_of_the_caller(threads):
    a = torch.ones(2, 2)
    with torch.autocast("cpu", torch.bfloat16):
        low = list(map_on_threads(lambda _: (a @ a).dtype, range(4), threads))
    assert low == [torch.bfloat16] * 4
    assert list(map_on_threads(lambda _: (a @ a).dtype, range(4), threads)) == [torch.float32] * 4


def test_errors_come_through():
    def fail(i: int) -> int:
        if i == 3:
            raise ValueError("three")
        return i

    with pytest.raises(ValueError, match="three"):
        list(map_on_threads(fail, range(10), 2))
