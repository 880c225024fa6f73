"""Luma, BT.601: of studio range as papers compare and compress it, of full range as in a JPEG."""

import torch
from jaxtyping import Float
from torch import Tensor

BLACK, SPAN = 16 / 255, 219 / 255
WEIGHTS = (0.299, 0.587, 0.114)


def full_luma(rgb: Float[Tensor, "*b 3 h w"]) -> Float[Tensor, "*b 1 h w"]:
    """Luma in [0, 1] of RGB in [0, 1]: the Y of a JPEG file."""
    weights = torch.tensor(WEIGHTS).to(rgb)[:, None, None]
    return (weights * rgb).sum(-3, keepdim=True)


def studio_luma(rgb: Float[Tensor, "*b 3 h w"]) -> Float[Tensor, "*b 1 h w"]:
    """Luma between 16/255 and 235/255 of RGB in [0, 1]: MATLAB's rgb2ycbcr, not rounded."""
    return BLACK + SPAN * full_luma(rgb)
