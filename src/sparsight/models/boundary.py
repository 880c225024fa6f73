"""What a model may be given: batches of images of any precision, and noise levels.

Models compute in the precision of their own numbers and answer in that of the images. Whoever takes
images from outside annotates them as plain tensors: what else may come is refused here, in words.
"""

import torch
from jaxtyping import Float
from torch import Tensor

# What lies beyond, as hot pixels do, is kept from models and put back where a range was guessed.
SEEN = (-0.5, 1.5)
# Images by the number of their channels.
KINDS = {1: "grey", 3: "RGB"}
# No image in [0, 1] is so bright in the mean, not even one of high dynamic range.
_BRIGHTEST = 8.0


def check_images(y: object, name: str = "y", gaps: bool = False, any_scale: bool = False) -> None:
    """Refuses what is no batch of images.

    Args:
        y: what was given.
        name: of the argument, for the message.
        gaps: whether NaN may mark pixels that were not observed.
        any_scale: whether numbers may lie far beyond [0, 1], as counts do.

    Raises:
        TypeError: it is no tensor.
        ValueError: it has no floating-point numbers, other than four axes, no pixel, pixels
            that are no finite numbers, or numbers from 0 to 255.
    """
    if not isinstance(y, Tensor):
        raise TypeError(
            f"{name} is of the type {type(y).__name__}; give a tensor, for an array of numpy "
            "torch.from_numpy(y)"
        )
    shape = tuple(y.shape)
    if not y.is_floating_point():
        raise ValueError(
            f"{name} is {y.dtype}; give floating-point numbers in [0, 1], for 8-bit images "
            "y.float() / 255"
        )
    if y.ndim != 4:
        raise ValueError(
            f"{name} has the shape {shape}; give (images, channels, height, width), for a single "
            "image with channels y[None]"
        )
    if not y.numel():
        raise ValueError(f"{name} has the shape {shape}; give an image or more, with pixels")
    if not bool((y.isfinite() | y.isnan() if gaps else y.isfinite()).all()):
        what = "infinite numbers" if gaps else "NaN or infinite numbers"
        raise ValueError(f"{name} holds {what}; give finite ones, in [0, 1]")
    mean = (y.nanmean() if gaps else y.mean()).item()
    if mean > _BRIGHTEST and not any_scale:
        raise ValueError(
            f"{name} has {mean:.0f} for its mean; give numbers in [0, 1], for those of 8-bit "
            "images y / 255"
        )


def check_channels(channels: int) -> None:
    """Refuses what is neither grey nor RGB, where a model restores both.

    Raises:
        ValueError: there are other than 1 or 3.
    """
    if channels not in (1, 3):
        raise ValueError(f"the image has {channels} channels; give 1, grey, or 3, RGB")


def levels_of(sigma: object, count: int, like: Tensor) -> Float[Tensor, " b"]:
    """The noise level of each image.

    Args:
        sigma: in [0, 1] units, one number or one per image.
        count: of the images.
        like: has the type and the device that levels shall have.

    Raises:
        TypeError: sigma is no number, or numbers.
        ValueError: sigma is missing, outside of [0, 1], or of another count.
    """
    if sigma is None:
        raise ValueError(
            "sigma is missing; give one number, or one per image, between 0 and 1 "
            "(8-bit noise levels divided by 255)"
        )
    try:
        levels = torch.as_tensor(sigma).to(like).reshape(-1)
    except (TypeError, ValueError, RuntimeError):
        what = type(sigma).__name__
        raise TypeError(f"sigma is of the type {what}; give a number or a tensor of them") from None
    if not bool(((levels >= 0) & (levels <= 1)).all()) or len(levels) not in (1, count):
        given = f"a tensor of {len(levels)} numbers" if len(levels) > 8 else f"{sigma}"
        raise ValueError(
            f"sigma is {given}; give one number, or one per image, between 0 and 1 "
            "(8-bit noise levels divided by 255)"
        )
    return levels.expand(count)
