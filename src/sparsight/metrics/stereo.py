"""How often a disparity is wrong."""

from jaxtyping import Bool, Float
from torch import Tensor


def bad_pixels(
    disparity: Float[Tensor, "h w"],
    truth: Float[Tensor, "h w"],
    counted: Bool[Tensor, "h w"],
    pixels: float = 3.0,
) -> float:
    """The share of pixels that are off by more than so many pixels, in percent (Games table 5).

    Args:
        disparity: estimate, in pixels.
        truth: what it should be.
        counted: which pixels count.
        pixels: greatest error that is no error.
    """
    return 100 * ((disparity - truth).abs() > pixels)[counted].float().mean().item()
