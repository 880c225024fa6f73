"""Noisy crops of clean images, a fixed function of the seed and the number of the step.

Nothing is remembered between steps, so a training that was stopped goes on as if it had not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from torch import Tensor


@dataclass(frozen=True)
class NoisyCrops:
    """Random crops with Gaussian noise.

    Args:
        images: 8-bit images, each at least crop x crop.
        crop: side in pixels.
        batch: crops per step.
        sigma: lowest and highest noise level, 8-bit units.
        seed: of all draws.
        power: sigma to this power is drawn uniformly, for each crop; near 0 every octave of noise
            is drawn as often.
        shrink: some crops, by chance, are larger squares of the image made smaller by a
            factor drawn from this to 1; 1 shrinks none. Takes away what JPEG and a camera left in
            the images: chroma without detail, which other images do not have.
        shrunk: share of the crops that this happens to, 0 to 1.
    """

    images: Sequence[UInt8[Tensor, "c _ _"]]
    crop: int
    batch: int
    sigma: tuple[float, float]
    seed: int = 0
    power: float = 1.0
    shrink: float = 1.0
    shrunk: float = 0.5

    def __post_init__(self):
        """Refuses images that are too small."""
        small = min(min(image.shape[1:]) for image in self.images)
        if small < self.crop:
            raise ValueError(f"crop is {self.crop}, the smallest image has a side of {small}")
        if not 0 <= self.sigma[0] <= self.sigma[1] <= 255:
            raise ValueError(f"sigma is {self.sigma}; give low <= high between 0 and 255")
        if not 0 < self.shrink <= 1:
            raise ValueError(f"shrink is {self.shrink}; give a factor above 0, up to 1")
        if not 0 <= self.shrunk <= 1:
            raise ValueError(f"shrunk is {self.shrunk}; give a share of the crops, 0 to 1")

    def draw(
        self, step: int
    ) -> tuple[Float[Tensor, "b c s s"], Float[Tensor, "b c s s"], Float[Tensor, " b"]]:
        """Clean and noisy crops in [0, 1] units, and their noise levels ([0, 1] units)."""
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + step)
        clean = torch.stack([self._crop(generator) for _ in range(self.batch)]) / 255
        low, high = (level**self.power for level in self.sigma)
        drawn = low + (high - low) * torch.rand(self.batch, generator=generator)
        sigma = drawn ** (1 / self.power) / 255
        noise = torch.randn(clean.shape, generator=generator)
        return clean, clean + sigma[:, None, None, None] * noise, sigma

    def __call__(
        self, clean: Float[Tensor, "c h w"], number: int
    ) -> tuple[Float[Tensor, "c h w"], Float[Tensor, ""]]:
        """An image with noise of the middle level, and the level ([0, 1] units)."""
        return AddNoise(sum(self.sigma) / 2 / 255)(clean, number)

    def _crop(self, generator: torch.Generator) -> Tensor:
        image = self.images[int(torch.randint(len(self.images), (), generator=generator))]
        side = min(self._side(generator), *image.shape[1:])
        top, left = (
            int(torch.randint(length - side + 1, (), generator=generator))
            for length in image.shape[1:]
        )
        crop = _resized(image[:, top : top + side, left : left + side], self.crop)
        flips = [axis for axis in (1, 2) if torch.rand((), generator=generator) < 0.5]
        crop = crop.flip(flips)
        return crop.mT if torch.rand((), generator=generator) < 0.5 else crop

    def _side(self, generator: torch.Generator) -> int:
        """Of the square that becomes a crop."""
        if self.shrink == 1 or torch.rand((), generator=generator) < 1 - self.shrunk:
            return self.crop
        factor = self.shrink + (1 - self.shrink) * torch.rand((), generator=generator)
        return round(self.crop / float(factor))


def _resized(square: UInt8[Tensor, "c t t"], side: int) -> UInt8[Tensor, "c s s"]:
    """Made smaller by antialiased bicubic interpolation, rounded to 8 bits."""
    if square.shape[1] == side:
        return square
    small = F.interpolate(square[None].float(), (side, side), mode="bicubic", antialias=True)
    return small[0].round().clamp(0, 255).to(torch.uint8)


@dataclass(frozen=True)
class AddNoise:
    """Gaussian noise of one level, the same for an image each time.

    Args:
        sigma: noise level, [0, 1] units.
    """

    sigma: float

    def __call__(
        self, clean: Float[Tensor, "c h w"], number: int
    ) -> tuple[Float[Tensor, "c h w"], Float[Tensor, ""]]:
        """The image of this number with noise, and the level."""
        generator = torch.Generator().manual_seed(number)
        noisy = clean + self.sigma * torch.randn(clean.shape, generator=generator)
        return noisy, torch.tensor(self.sigma)
