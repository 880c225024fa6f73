"""Quality of a restored image under the project's protocols, and the noise of a given one."""

from sparsight.metrics.noise import estimate_sigma, estimate_signal_noise
from sparsight.metrics.quality import psnr, ssim

__all__ = ["estimate_sigma", "estimate_signal_noise", "psnr", "ssim"]
