"""The quality of models on folders of clean images."""

from sparsight.bench.denoise import Result, add_noise, bench_denoise
from sparsight.bench.record import read_record, save_results, save_text

__all__ = ["Result", "add_noise", "bench_denoise", "read_record", "save_results", "save_text"]
