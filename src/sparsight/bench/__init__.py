"""The quality of models on folders of clean images."""

from sparsight.bench.denoise import Result, add_noise, bench_denoise
from sparsight.bench.ksvd import analysis_ksvd
from sparsight.bench.orthogonal import learn_orthogonal, learn_orthogonal_denoiser
from sparsight.bench.record import read_record, save_results, save_text

__all__ = [
    "Result",
    "add_noise",
    "analysis_ksvd",
    "bench_denoise",
    "learn_orthogonal",
    "learn_orthogonal_denoiser",
    "read_record",
    "save_results",
    "save_text",
]
