"""PSNR and SSIM on images in [0, 1], the restored one clipped first."""

from jaxtyping import Float
from torch import Tensor


def psnr(restored: Float[Tensor, "c h w"], clean: Float[Tensor, "c h w"]) -> float:
    """Peak signal-to-noise ratio in dB over all pixels and channels, peak 1."""
    from torchmetrics.functional.image import peak_signal_noise_ratio

    return peak_signal_noise_ratio(restored.clamp(0, 1), clean, data_range=(0.0, 1.0)).item()


def ssim(restored: Float[Tensor, "c h w"], clean: Float[Tensor, "c h w"]) -> float:
    """Structural similarity: Gaussian 11 x 11 window, sigma 1.5, mean over channels."""
    from torchmetrics.functional.image import structural_similarity_index_measure

    value = structural_similarity_index_measure(
        restored.clamp(0, 1)[None], clean[None], sigma=1.5, kernel_size=11, data_range=1.0
    )
    return float(value)  # pyright: ignore[reportArgumentType]
