"""Quality of a restored image under the project's protocols, and the noise of a given one."""

from sparsight.metrics.noise import estimate_sigma, estimate_signal_noise
from sparsight.metrics.quality import channel_psnr, luma, luma_psnr, psnr, ssim, uniform_ssim

__all__ = [
    "channel_psnr",
    "estimate_sigma",
    "estimate_signal_noise",
    "luma",
    "luma_psnr",
    "psnr",
    "ssim",
    "uniform_ssim",
]
