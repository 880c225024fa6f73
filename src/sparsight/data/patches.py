"""Clean and degraded patches that do not belong together (ALR section 2.2).

Like crops they are a fixed function of the seed and the number of the step.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from sparsight.data.crops import NoisyCrops


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
    """

    clean: Sequence[UInt8[Tensor, "c _ _"]]
    degraded: Sequence[UInt8[Tensor, "c _ _"]]
    side: int
    batch: int
    sigma: tuple[float, float]
    seed: int = 0

    def draw(
        self, step: int
    ) -> tuple[Float[Tensor, "b c s s"], Float[Tensor, "b c s s"], Float[Tensor, "b 1 1 1"]]:
        """Clean and degraded patches in [0, 1] units, and shares at which to mix them."""
        clean = NoisyCrops(self.clean, self.side, self.batch, (0.0, 0.0), 2 * self.seed)
        degraded = NoisyCrops(self.degraded, self.side, self.batch, self.sigma, 2 * self.seed + 1)
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + step)
        share = torch.rand(self.batch, 1, 1, 1, generator=generator)
        return clean.draw(step)[0], degraded.draw(step)[1], share
