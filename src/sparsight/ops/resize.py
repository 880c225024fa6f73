"""Bicubic interpolation as MATLAB's imresize does it: the degradation of super-resolution.

Keys' kernel with a = -1/2, widened when the image shrinks (antialiasing), the image mirrored at
its borders with the border pixel repeated.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

_REACH = 4


def resize_bicubic(x: Float[Tensor, "b c h w"], size: tuple[int, int]) -> Float[Tensor, "b c _ _"]:
    """Images of another size.

    Args:
        x: of any range; overshoots are not clipped.
        size: height and width, a whole multiple of the image's or a whole part of them.

    Raises:
        ValueError: the sizes are no multiples.
    """
    (down, top), (right, left) = (_ratio(n, m) for n, m in zip(x.shape[2:], size, strict=True))
    for axis, margin in ((2, down), (3, right)):
        place = torch.arange(-margin, x.shape[axis] + margin, device=x.device)
        x = x.index_select(axis, _mirrored(place, x.shape[axis]))
    wide = (size[0] + 2 * top, size[1] + 2 * left)
    # antialias is also what makes torch take a = -1/2.
    out = F.interpolate(x, wide, mode="bicubic", antialias=True, align_corners=False)
    return out[..., top : top + size[0], left : left + size[1]]


def _ratio(length: int, wanted: int) -> tuple[int, int]:
    """The margin that an axis gets, and what becomes of it."""
    if wanted >= length and wanted % length == 0:
        return _REACH, _REACH * (wanted // length)
    if wanted > 0 and length % wanted == 0:
        return _REACH * (length // wanted), _REACH
    raise ValueError(
        f"a length of {length} cannot become {wanted}; give a whole multiple or a whole part of it"
    )


def _mirrored(place: Tensor, length: int) -> Tensor:
    place = place % (2 * length)
    return torch.minimum(place, 2 * length - 1 - place)
