"""Quality of a restored image under the project's protocols, and the noise of a given one."""

from sparsight.metrics.noise import estimate_sigma, estimate_signal_noise
from sparsight.metrics.quality import (
    channel_psnr,
    luma,
    luma_psnr,
    psnr,
    shaved,
    ssim,
    uniform_ssim,
)
from sparsight.metrics.shot_noise import estimate_shot_noise

__all__ = [
    "channel_psnr",
    "estimate_shot_noise",
    "estimate_sigma",
    "estimate_signal_noise",
    "luma",
    "luma_psnr",
    "psnr",
    "shaved",
    "ssim",
    "uniform_ssim",
]
