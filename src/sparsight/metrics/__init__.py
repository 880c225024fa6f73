"""Quality of a restored image under the project's protocols, and the noise of a given one."""

from sparsight.metrics.noise import estimate_sigma, estimate_signal_noise
from sparsight.metrics.quality import luma, luma_psnr, psnr, ssim

__all__ = ["estimate_sigma", "estimate_signal_noise", "luma", "luma_psnr", "psnr", "ssim"]
