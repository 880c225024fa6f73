"""Bayer patterns: which of red, green and blue each pixel of a sensor saw (GroupSC section 3.5)."""

import torch
from jaxtyping import Float
from torch import Tensor

PATTERNS = ("RGGB", "BGGR", "GRBG", "GBRG")


def bayer_mask(pattern: str, size: tuple[int, int], top: int = 0) -> Float[Tensor, "1 3 h w"]:
    """1 where a channel was observed.

    Args:
        pattern: colours of the upper left pixels, row by row, e.g. RGGB.
        size: height and width.
        top: the first row, counted from that of the pattern.

    Raises:
        ValueError: the pattern is none of PATTERNS.
    """
    check_pattern(pattern)
    rows = torch.arange(top, top + size[0])[:, None] % 2
    columns = torch.arange(size[1]) % 2
    colour = torch.tensor(["RGB".index(letter) for letter in pattern])[2 * rows + columns]
    return torch.stack([colour == channel for channel in range(3)])[None].float()


def spread_mosaic(
    raw: Float[Tensor, "*b 1 h w"], pattern: str, top: int = 0
) -> Float[Tensor, "*b 3 h w"]:
    """Samples of a sensor at their place among three channels, NaN elsewhere.

    Args:
        raw: one number per pixel.
        pattern: one of PATTERNS.
        top: the first row, counted from that of the pattern.

    Raises:
        ValueError: the pattern is none of PATTERNS.
    """
    seen = bayer_mask(pattern, (raw.shape[-2], raw.shape[-1]), top)[0].bool().to(raw.device)
    return torch.where(seen, raw, torch.nan)


def check_pattern(pattern: str) -> None:
    """Refuses what is no Bayer pattern.

    Raises:
        ValueError: it is none of PATTERNS.
    """
    if pattern not in PATTERNS:
        raise ValueError(f"pattern is {pattern}; choose one of {', '.join(PATTERNS)}")
