"""PSNR and SSIM on images in [0, 1], the restored one clipped first."""

import statistics

from jaxtyping import Float
from torch import Tensor

from sparsight.ops import studio_luma


def psnr(restored: Float[Tensor, "c h w"], clean: Float[Tensor, "c h w"]) -> float:
    """Peak signal-to-noise ratio in dB over all pixels and channels, peak 1.

    Args:
        restored: clipped to [0, 1] first.
        clean: in [0, 1].
    """
    from torchmetrics.functional.image import peak_signal_noise_ratio

    return peak_signal_noise_ratio(restored.clamp(0, 1), clean, data_range=(0.0, 1.0)).item()


def channel_psnr(restored: Float[Tensor, "c h w"], clean: Float[Tensor, "c h w"]) -> float:
    """The mean over channels of each one's PSNR in dB.

    More than `psnr` where channels err differently, as those of a mosaic do: green has twice the
    samples of red and blue.

    Args:
        restored: clipped to [0, 1] first.
        clean: in [0, 1].
    """
    pairs = zip(restored.split(1), clean.split(1), strict=True)
    return statistics.fmean(psnr(ours, theirs) for ours, theirs in pairs)


def ssim(restored: Float[Tensor, "c h w"], clean: Float[Tensor, "c h w"]) -> float:
    """Structural similarity: Gaussian 11 x 11 window, sigma 1.5, mean over channels.

    Args:
        restored: clipped to [0, 1] first; at least 11 x 11 pixels.
        clean: in [0, 1].
    """
    from torchmetrics.functional.image import structural_similarity_index_measure

    value = structural_similarity_index_measure(
        restored.clamp(0, 1)[None], clean[None], sigma=1.5, kernel_size=11, data_range=1.0
    )
    return float(value)  # pyright: ignore[reportArgumentType]


def uniform_ssim(restored: Float[Tensor, "c h w"], clean: Float[Tensor, "c h w"]) -> float:
    """Structural similarity in uniform 7 x 7 windows, mean over channels: scikit-image's default.

    Args:
        restored: clipped to [0, 1] first; at least 7 x 7 pixels.
        clean: in [0, 1].
    """
    from skimage.metrics import structural_similarity

    images = (clean.numpy(), restored.clamp(0, 1).numpy())
    return float(structural_similarity(*images, data_range=1.0, channel_axis=0))  # pyright: ignore[reportArgumentType]


def luma(x: Float[Tensor, "c h w"]) -> Float[Tensor, "1 h w"]:
    """Luma as super-resolution is judged by, rounded to 8 bits, in [0, 1].

    Args:
        x: RGB in [0, 1], whose studio-range BT.601 luma is taken, or grey, which stays as it is;
            clipped and rounded to 8 bits first.
    """
    rgb = (x.clamp(0, 1) * 255).round()
    if len(x) == 1:
        return rgb / 255
    return (studio_luma(rgb / 255) * 255).round() / 255


def luma_psnr(restored: Float[Tensor, "c h w"], clean: Float[Tensor, "c h w"], shave: int) -> float:
    """PSNR in dB of luma without a border: NSR section 4.1.

    Args:
        restored: in [0, 1].
        clean: in [0, 1].
        shave: width in pixels of the border left out.
    """
    ours, theirs = (shaved(luma(x), shave) for x in (restored, clean))
    return psnr(ours, theirs)


def shaved(x: Float[Tensor, "c h w"], border: int) -> Float[Tensor, "c _ _"]:
    """An image without its border.

    Args:
        x: larger than twice the border.
        border: its width in pixels, 0 or more.
    """
    height, width = x.shape[1:]
    return x[:, border : height - border, border : width - border]
