"""The quality of models on folders of clean images."""

from sparsight.bench.denoise import Result, add_noise, bench_denoise
from sparsight.bench.record import save_results, save_text

__all__ = ["Result", "add_noise", "bench_denoise", "save_results", "save_text"]
