"""What the processor is asked."""

from sparsight.ops.speed import prefers_bfloat16, tune_allocator


def test_the_processor_answers():
    assert isinstance(prefers_bfloat16(), bool)
    tune_allocator()
