"""Clean and degraded patches that do not belong together (ALR section 2.2).

Like crops they are a fixed function of the seed and the number of the step.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

Images = Sequence[UInt8[Tensor, "c _ _"]]


@dataclass(frozen=True)
class UnpairedPatches:
    """Two draws that know nothing of each other.

    Args:
        clean: images without degradation.
        degraded: images to which noise is added; such as are degraded already get sigma (0, 0).
        side: of a patch.
        batch: patches of each kind per step.
        sigma: lowest and highest noise level, 8-bit units; drawn uniformly for each patch.
        seed: of all draws.

    Raises:
        ValueError: an image is smaller than a patch, or noise levels that cannot be meant.
    """

    clean: Images
    degraded: Images
    side: int
    batch: int
    sigma: tuple[float, float]
    seed: int = 0

    def __post_init__(self):
        """Refuses images that are too small."""
        small = min(min(image.shape[1:]) for image in (*self.clean, *self.degraded))
        if small < self.side:
            raise ValueError(f"a patch has a side of {self.side}, the smallest image of {small}")
        if not 0 <= self.sigma[0] <= self.sigma[1] <= 255:
            raise ValueError(f"sigma is {self.sigma}; give low <= high between 0 and 255")

    def draw(
        self, step: int
    ) -> tuple[Float[Tensor, "b c s s"], Float[Tensor, "b c s s"], Float[Tensor, "b 1 1 1"]]:
        """Clean and degraded patches in [0, 1] units, and shares at which to mix them."""
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + step)
        clean, other = (self._patches(images, generator) for images in (self.clean, self.degraded))
        low, high = self.sigma
        sigma = (low + (high - low) * torch.rand(self.batch, 1, 1, 1, generator=generator)) / 255
        degraded = other + sigma * torch.randn(other.shape, generator=generator)
        return clean, degraded, torch.rand(self.batch, 1, 1, 1, generator=generator)

    def _patches(self, images: Images, generator: torch.Generator) -> Float[Tensor, "b c s s"]:
        """From anywhere in any image, mirrored and turned at random."""
        which = torch.randint(len(images), (self.batch,), generator=generator).tolist()
        places = torch.rand(self.batch, 2, generator=generator, dtype=torch.float64).tolist()
        patches = torch.stack(
            [self._cut(images[k], *place) for k, place in zip(which, places, strict=True)]
        )
        for turn in (lambda x: x.flip(2), lambda x: x.flip(3), lambda x: x.mT):
            turned = torch.rand(self.batch, 1, 1, 1, generator=generator) < 0.5
            patches = torch.where(turned, turn(patches), patches)
        return patches / 255

    def _cut(self, image: UInt8[Tensor, "c h w"], down: float, right: float) -> Tensor:
        top = int(down * (image.shape[1] - self.side + 1))
        left = int(right * (image.shape[2] - self.side + 1))
        return image[:, top : top + self.side, left : left + self.side]
