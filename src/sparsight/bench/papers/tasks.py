"""The tasks of tables, each with the protocol that its figures depend on."""

from functools import partial

from sparsight.bench.denoise import bench_denoise
from sparsight.bench.table import Task
from sparsight.zoo import load_denoiser

DENOISING = Task(
    load=partial(load_denoiser, quality="balanced"),
    measure=bench_denoise,
    symbol="σ",
    protocol={
        "noise": "white, Gaussian, added in float, neither clipped nor rounded; σ in 8-bit units",
        "seed": "torch.Generator on the CPU, seeded by the place of the image in its set, from 0",
        "output": "clipped to [0, 1]",
        "psnr": "float, peak 1, over all pixels and channels, mean over images; also after "
        "rounding to 8 bits",
        "ssim": "Gaussian 11 x 11, σ 1.5, data range 1, mean over channels and images",
        "quality": "balanced",
    },
)
