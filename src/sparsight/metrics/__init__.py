"""Quality of a restored image under the project's protocols."""

from sparsight.metrics.quality import psnr, ssim

__all__ = ["psnr", "ssim"]
