"""The tasks of tables, each with the protocol that its figures depend on."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from sparsight.bench import critic, signals
from sparsight.bench.blind import bench_blind
from sparsight.bench.deblock import AsItIs, bench_deblock
from sparsight.bench.demosaick import BORDER, bench_demosaick
from sparsight.bench.denoise import bench_denoise
from sparsight.bench.mri import bench_scans, zero_filled
from sparsight.bench.table import METRICS, Cell, Progress, Task
from sparsight.bench.upscale import Bicubic, bench_upscale
from sparsight.data import read_masks
from sparsight.models import LocalRegularizer, Unrolled
from sparsight.zoo import (
    load_critic,
    load_deblocker,
    load_demosaicker,
    load_denoiser,
    load_upscaler,
    read_weights,
)
from sparsight.zoo.signals import load_signal_model

_PLAIN = {"psnr": METRICS["psnr"], "ssim": METRICS["ssim"]}
Figures = Mapping[str, int | float]
Measure = Callable[[Any, Cell, Progress], Figures]
_SSIM = "Gaussian 11 x 11, σ 1.5, valid region, data range 1, mean over channels and images"
# Unless a row is measured at another, which its label then says.
_CARE = {"quality": "balanced"}
_OUTPUT = "clipped to [0, 1]"
_NOISE = {
    "noise": "white, Gaussian, added in float, neither clipped nor rounded; σ in 8-bit units",
    "seed": "torch.Generator on the CPU, seeded by the place of the image in its set, from 0",
}
_QUALITY = {
    "output": _OUTPUT,
    "psnr": "float, peak 1, over all pixels and channels, mean over images; also after "
    "rounding to 8 bits",
    "ssim": "Gaussian 11 x 11, σ 1.5, data range 1, mean over channels and images",
}


def plainly(measure: Callable[..., Figures]) -> Measure:
    """A measure of (model, images, level, progress) as a task has it."""
    return lambda model, cell, step: measure(model, cell.images, cell.level, step)


DENOISING = Task(
    load=load_denoiser,
    measure=plainly(lambda *given: asdict(bench_denoise(*given))),
    level="σ = {:g}",
    protocol={**_NOISE, **_QUALITY, **_CARE},
)

BLIND = Task(
    load=load_denoiser,
    measure=plainly(bench_blind),
    level="σ = {:g}",
    protocol={
        **_NOISE,
        **_QUALITY,
        "estimate": "σ from the noisy image alone: deviation along the six least principal axes of "
        "those of its 7 x 7 patches that are no rougher than noise",
        **_CARE,
    },
    metrics={
        "psnr": "PSNR in dB, σ estimated from the image",
        "sigma": "mean of the estimated σ",
        "ssim": "SSIM, σ estimated",
    },
)


def _bench_deblock(model: Any, cell: Cell, step: Progress) -> Figures:
    return asdict(bench_deblock(model, cell.images, int(cell.level), step))


DEBLOCKING = Task(
    load=load_deblocker,
    measure=_bench_deblock,
    level="q = {:g}",
    protocol={
        "jpeg": "studio-range BT.601 luma (grey files as they are) as uint8, saved by Pillow as a "
        "grey JPEG of quality q; the model is told q",
        "output": _OUTPUT,
        "psnr": "of luma, float, peak 1, mean over images",
        "ssim": f"of luma; {_SSIM}",
    },
    metrics=_PLAIN,
    baselines={"JPEG": AsItIs()},
)

DEMOSAICKING = Task(
    load=load_demosaicker,
    measure=lambda model, cell, step: bench_demosaick(model, cell.images, step),
    level="",
    protocol={
        "mosaic": "Bayer pattern RGGB, without noise",
        "crop": f"none; without a border of {BORDER} pixels where it is said",
        **_CARE,
        **_QUALITY,
        "ssim": _SSIM,
        "ssim, uniform": "windows of 7 x 7, data range 1, mean over channels and images",
    },
    metrics={
        "psnr": METRICS["psnr"],
        "psnr_channels": "PSNR in dB, mean over channels of each one's",
        "ssim": METRICS["ssim"],
        "ssim_uniform": "SSIM in uniform windows",
        "psnr_8bit": METRICS["psnr_8bit"],
        "psnr_inner": f"PSNR in dB without a border of {BORDER} pixels",
    },
)


def _load_scans(name: str) -> Unrolled:
    return read_weights(name)[0]


def _bench_scans(model: Any, cell: Cell, step: Progress) -> Figures:
    masks = [mask for path in cell.others["MRI_masks"] for mask in read_masks(path)]
    mask = min(masks, key=lambda mask: abs(100 * mask.mean().item() - cell.level))
    return asdict(bench_scans(model, cell.images, mask, step))


SCANS = Task(
    load=_load_scans,
    measure=_bench_scans,
    level="{:g} %",
    protocol={
        "scan": "magnitude image in [0, 1]; its orthonormal Fourier transform under a "
        "pseudo-radial mask, without noise",
        "output": _OUTPUT,
        "psnr": "float, peak 1, mean over images",
        "ssim": _SSIM,
    },
    metrics=_PLAIN,
    needs=("MRI_masks",),
    baselines={"zero-filling": zero_filled},
)


def _bench_upscale(model: Any, cell: Cell, step: Progress) -> Figures:
    made = model(int(cell.level)) if model is Bicubic else model
    return asdict(bench_upscale(made, cell.images, step))


UPSCALING = Task(
    load=load_upscaler,
    measure=_bench_upscale,
    level="×{:g}",
    protocol={
        "reduction": "rows and columns that make no multiple of the scale are cut off; "
        "antialiased bicubic interpolation as MATLAB's, rounded to 8 bits",
        "output": "rounded to 8 bits",
        "psnr": "BT.601 luma (grey files as they are), a border of `scale` pixels shaved, peak 1, "
        "mean over images",
        "ssim": f"of the same luma; {_SSIM}",
    },
    metrics=_PLAIN,
    baselines={"bicubic": Bicubic},
)


def _load_critic(name: str) -> critic.Restore:
    return LocalRegularizer.of_record(*load_critic(name)).denoise


CRITICS = Task(
    load=_load_critic,
    measure=plainly(critic.bench_critic),
    level="σ = {:g}",
    protocol={
        **_NOISE,
        "noise": "white, Gaussian, added in float, neither clipped nor rounded; σ in units of "
        "[0, 1]",
        **_QUALITY,
        "ssim": _SSIM,
        "strength": "by σ from a table in the weights that was fitted on training images",
    },
    baselines={"noisy": critic.as_it_is},
)


def _load_signals(name: str) -> signals.Restore:
    model = load_signal_model(name.removeprefix("signals/"))[0]
    return lambda y: model.solve(y).x


SIGNALS = Task(
    load=_load_signals,
    measure=lambda model, cell, step: signals.bench_signals(model, cell.level, step),
    level="σ = {:g}",
    protocol={
        "signals": "1,000 of 64 samples and peak 1 from torch.Generator of seed 1: 3 to 8 jumps "
        "anywhere, levels uniform in [0, 1], also at both ends",
        "noise": "white, Gaussian, from the same generator",
        "psnr": "peak 1, mean over signals",
        "strength": "of differences: the best of eight on 400 signals of seed 0",
    },
    metrics={"psnr": METRICS["psnr"]},
    baselines={"noisy": signals.as_it_is, "differences": signals.by_differences},
)
