"""Crops with unobserved samples, NaN: Bayer mosaics and small holes (GroupSC section 3.5).

Where the gaps are is a function of the seed and the number of the step, as the crops are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from sparsight.data.crops import NoisyCrops
from sparsight.operators import PATTERNS, bayer_mask

# Size of an image, (c, h, w), and a generator -> 1 where a sample was observed.
Gaps = Callable[[torch.Size, torch.Generator], Tensor]


def any_mosaic(size: torch.Size, generator: torch.Generator) -> Float[Tensor, "3 h w"]:
    """A Bayer pattern of any phase."""
    pattern = PATTERNS[int(torch.randint(len(PATTERNS), (), generator=generator))]
    return bayer_mask(pattern, (size[1], size[2]))[0]


@dataclass(frozen=True)
class Holes:
    """Lost pixels here and there, of all channels alike.

    Args:
        low: least share of lost pixels.
        high: greatest.
    """

    low: float
    high: float

    def __call__(self, size: torch.Size, generator: torch.Generator) -> Float[Tensor, "1 h w"]:
        """1 where a pixel was observed."""
        share = self.low + (self.high - self.low) * torch.rand((), generator=generator)
        return (torch.rand(1, *size[1:], generator=generator) >= share).float()


@dataclass(frozen=True)
class GappyCrops:
    """Crops, some of whose samples are NaN.

    Args:
        crops: of clean images, with or without noise.
        gaps: which samples are observed.
    """

    crops: NoisyCrops
    gaps: Gaps

    @property
    def images(self) -> Sequence[UInt8[Tensor, "c _ _"]]:
        """The clean images."""
        return self.crops.images

    def draw(
        self, step: int
    ) -> tuple[Float[Tensor, "b c s s"], Float[Tensor, "b c s s"], Float[Tensor, " b"]]:
        """Clean crops and crops with gaps in [0, 1] units, and their noise levels."""
        clean, noisy, sigma = self.crops.draw(step)
        generator = torch.Generator().manual_seed(self.crops.seed * 1_000_003 + step + 1)
        seen = torch.stack([self.gaps(crop.shape, generator).expand_as(crop) for crop in clean])
        return clean, noisy.masked_fill(seen == 0, torch.nan), sigma

    def __call__(
        self, clean: Float[Tensor, "c h w"], number: int
    ) -> tuple[Float[Tensor, "c h w"], Float[Tensor, ""]]:
        """An image with gaps, the same for a number each time, and its noise level."""
        noisy, sigma = self.crops(clean, number)
        generator = torch.Generator().manual_seed(number)
        seen = self.gaps(clean.shape, generator).expand_as(clean)
        return noisy.masked_fill(seen == 0, torch.nan), sigma
