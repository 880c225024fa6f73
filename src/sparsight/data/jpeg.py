"""JPEG as a degradation: luma of studio range, saved as a grey JPEG (papers' protocol).

The level that a model is told is the quality, divided by 100: a bank over qualities has the levels
0.1 to 0.4 and homogeneity 0. Draws are a fixed function of the seed and the number of the step.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from sparsight.data.folder import channels_of, read_image
from sparsight.ops import studio_luma

BLOCK = 8
Grey = UInt8[Tensor, "1 _ _"]


def read_luma(path: Path) -> UInt8[Tensor, "1 h w"]:
    """The luma of an image file, studio range BT.601; a grey file as it is.

    Raises:
        ValueError: the file cannot be read as an image.
    """
    if channels_of(path) == 1:
        return read_image(path, 1)
    return (studio_luma(read_image(path, 3) / 255) * 255).round().to(torch.uint8)


def compress(grey: UInt8[Tensor, "1 h w"], quality: int) -> UInt8[Tensor, "1 h w"]:
    """A grey image after JPEG.

    Args:
        grey: 8-bit.
        quality: 1 to 100, libjpeg's.

    Raises:
        ValueError: quality is none.
    """
    from PIL import Image

    check_quality(quality)
    buffer = io.BytesIO()
    Image.fromarray(grey[0].numpy()).save(buffer, "JPEG", quality=int(quality))
    with Image.open(buffer) as image:
        return torch.from_numpy(np.array(image))[None]


def check_quality(quality: int | float) -> None:
    """Refuses what is no quality of JPEG.

    Raises:
        ValueError: it is not between 1 and 100.
    """
    if not 1 <= quality <= 100:
        raise ValueError(f"quality is {quality}; give a JPEG quality between 1 and 100")


@dataclass(frozen=True)
class JpegCrops:
    """Random crops, flipped and turned, before and after JPEG.

    A piece a little larger than a crop is compressed, so that the borders of JPEG's blocks lie
    anywhere in a crop.

    Args:
        images: 8-bit luma, each at least crop x crop.
        crop: side in pixels.
        batch: crops per step.
        qualities: one is drawn for each crop, all alike; a range or a list.
        seed: of all draws.
    """

    images: Sequence[Grey]
    crop: int
    batch: int
    qualities: Sequence[int]
    seed: int = 0

    def __post_init__(self):
        """Refuses images that are too small, and qualities that are none."""
        small = min(min(image.shape[1:]) for image in self.images)
        if small < self.crop:
            raise ValueError(f"crop is {self.crop}, the smallest image has a side of {small}")
        if not self.qualities:
            raise ValueError("qualities are none; give one or more")
        for quality in self.qualities:
            check_quality(quality)

    def draw(
        self, step: int
    ) -> tuple[Float[Tensor, "b 1 s s"], Float[Tensor, "b 1 s s"], Float[Tensor, " b"]]:
        """Clean and compressed crops in [0, 1], and their qualities divided by 100."""
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + step)
        parts = [self._pair(generator) for _ in range(self.batch)]
        clean, compressed, qualities = zip(*parts, strict=True)
        level = torch.tensor(qualities) / 100
        return torch.stack(clean) / 255, torch.stack(compressed) / 255, level

    def __call__(
        self, clean: Float[Tensor, "1 h w"], number: int
    ) -> tuple[Float[Tensor, "1 h w"], Float[Tensor, ""]]:
        """An image compressed with the middle quality, and that divided by 100."""
        quality = sorted(self.qualities)[len(self.qualities) // 2]
        grey = (clean * 255).round().to(torch.uint8)
        return compress(grey, quality) / 255, torch.tensor(quality / 100)

    def _pair(self, generator: torch.Generator) -> tuple[Tensor, Tensor, int]:
        image = self.images[_below(len(self.images), generator)]
        sides = [min(length, self.crop + BLOCK - 1) for length in image.shape[1:]]
        top, left = (
            _below(length - side + 1, generator)
            for length, side in zip(image.shape[1:], sides, strict=True)
        )
        turns, flip = _below(4, generator), _below(2, generator)
        piece = image[:, top : top + sides[0], left : left + sides[1]].rot90(turns, (1, 2))
        piece = piece.flip(2) if flip else piece
        quality = self.qualities[_below(len(self.qualities), generator)]
        down, right = (_below(length - self.crop + 1, generator) for length in piece.shape[1:])
        inner = (..., slice(down, down + self.crop), slice(right, right + self.crop))
        return piece[inner], compress(piece, quality)[inner], quality


def _below(count: int, generator: torch.Generator) -> int:
    return int(torch.randint(count, (), generator=generator))
