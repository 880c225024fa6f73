"""Crops and their reduced versions, for super-resolution (NSR section 4.1).

Whole images are reduced once, rounded to 8 bits as MATLAB does, and crops are taken from both.
Draws are a fixed function of the seed and the number of the step.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from sparsight.ops import resize_bicubic

Image = UInt8[Tensor, "c _ _"]


@dataclass(frozen=True)
class ReducedCrops:
    """Random crops, flipped and turned, each with its reduced version.

    Args:
        images: 8-bit images whose sides are multiples of the scale, each at least crop x crop.
        reduced: the same, `scale` times smaller.
        crop: side in pixels of the large crop, a multiple of the scale.
        batch: crops per step.
        seed: of all draws.
    """

    images: Sequence[Image]
    reduced: Sequence[Image]
    crop: int
    batch: int
    seed: int = 0

    def __post_init__(self):
        """Refuses crops that do not fit."""
        small = min(min(image.shape[1:]) for image in self.images)
        if small < self.crop:
            raise ValueError(f"crop is {self.crop}, the smallest image has a side of {small}")
        if self.crop % self.scale:
            raise ValueError(f"crop is {self.crop}; give a multiple of the scale, {self.scale}")

    @property
    def scale(self) -> int:
        """How many times smaller."""
        return self.images[0].shape[1] // self.reduced[0].shape[1]

    def draw(
        self, step: int
    ) -> tuple[Float[Tensor, "b c s s"], Float[Tensor, "b c r r"], Float[Tensor, " b"]]:
        """Large and reduced crops in [0, 1], and a level that says nothing."""
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + step)
        pairs = [self._pair(generator) for _ in range(self.batch)]
        clean, small = (torch.stack(parts) / 255 for parts in zip(*pairs, strict=True))
        return clean, small, torch.ones(self.batch)

    def __call__(
        self, clean: Float[Tensor, "c h w"], number: int
    ) -> tuple[Float[Tensor, "c _ _"], Float[Tensor, ""]]:
        """An image reduced, and a level that says nothing."""
        return reduce_image(clean, self.scale), torch.tensor(1.0)

    def _pair(self, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        number = int(torch.randint(len(self.images), (), generator=generator))
        image, small, side = self.images[number], self.reduced[number], self.crop // self.scale
        top, left = (
            int(torch.randint(length - side + 1, (), generator=generator))
            for length in small.shape[1:]
        )
        turns = int(torch.randint(4, (), generator=generator))
        flip = bool(torch.rand((), generator=generator) < 0.5)
        crops = []
        for source, s in ((image, self.scale), (small, 1)):
            crop = source[:, s * top : s * (top + side), s * left : s * (left + side)]
            crop = torch.rot90(crop, turns, (1, 2))
            crops.append(crop.flip(2) if flip else crop)
        return crops[0], crops[1]


def fit_scale(image: Tensor, scale: int) -> Tensor:
    """Without the last rows and columns that make no multiple of the scale."""
    height, width = (length - length % scale for length in image.shape[-2:])
    return image[..., :height, :width]


def reduce_image(clean: Float[Tensor, "c h w"], scale: int) -> Float[Tensor, "c _ _"]:
    """An image made smaller by bicubic interpolation and rounded to 8 bits.

    Args:
        clean: in [0, 1].
        scale: how many times smaller.

    Raises:
        ValueError: its sides are no multiples of the scale.
    """
    height, width = clean.shape[1:]
    small = resize_bicubic(clean[None], (height // scale, width // scale))[0]
    return (small.clamp(0, 1) * 255).round() / 255


def reduced_crops(
    images: Sequence[Image], scale: int, crop: int, batch: int, seed: int = 0
) -> ReducedCrops:
    """Reduces images; arguments as `ReducedCrops`, images of any size."""
    whole = [fit_scale(image, scale) for image in images]
    small = [(reduce_image(image / 255, scale) * 255).round().to(torch.uint8) for image in whole]
    return ReducedCrops(whole, small, crop, batch, seed)
