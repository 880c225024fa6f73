"""Cosparse codes: ||H^T z_j||_1 with a learned H (Games appendix A.1, first kind).

H may be a wavelet basis; with the identity this is the l1 norm. The proximal operator has no
closed form for a general H, the gradient of the smoothed norm has.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from sparsight.bank import Bank
from sparsight.ops import huber
from sparsight.protocols import State


@dataclass(frozen=True)
class CosparsePenalty:
    """psi(z) = strength sum over patches of ||H^T z_j||_1.

    Args:
        analysis: H, one column per number that should be small.
        strength: not negative; one number or one per image, (b, 1, 1).
    """

    payers: ClassVar[int] = 1

    analysis: Float[Tensor, "p r"]
    strength: Float[Tensor, "#b 1 1"] | float = 1.0

    def value(self, z: Float[Tensor, "b p n"]) -> Float[Tensor, " b"]:
        """psi(z), one number per image."""
        return (self.strength * (self.analysis.T @ z).abs()).sum((1, 2))

    def smoothed_value(
        self, z: Float[Tensor, "b p n"], alpha: Tensor | float
    ) -> Float[Tensor, " b"]:
        """Huber's function in place of the absolute value."""
        return huber((self.analysis.T @ z).abs(), self.strength, alpha).sum((1, 2))

    def smoothed_gradient(self, z: Float[Tensor, "b p n"], alpha: Tensor | float) -> Tensor:
        """H clip(alpha H^T z, +-strength)."""
        most = torch.as_tensor(self.strength).to(z)
        pull = alpha * (self.analysis.T @ z)
        return self.analysis @ torch.maximum(torch.minimum(pull, most), -most)


class CosparsePrior(nn.Module):
    """A learned H and its strength per move.

    Args:
        analysis: H to start from.
        strength: bank of (moves,) strengths, negative ones count as 0.
    """

    def __init__(self, analysis: Float[Tensor, "p r"], strength: Bank):
        super().__init__()
        self.analysis = nn.Parameter(analysis)
        self.strength = strength

    def forward(self, state: State) -> CosparsePenalty:
        """The penalty in force."""
        strength = state.at_noise(self.strength)[:, state.k].relu()[:, None, None]
        return CosparsePenalty(self.analysis, strength)
