"""Variance reduction: overlapping estimates of a pixel should agree (Games table 1).

Player j pays strength / 2 ||W z_j - P_j x||^2, where x is the image that all estimates
average to, held fixed while j moves.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from sparsight.bank import Bank
from sparsight.protocols import State


@dataclass(frozen=True)
class VariancePenalty:
    """psi(z) = strength / 2 ||W z - target||^2.

    Args:
        strength: not negative; one number or one per image, shaped (b, 1, 1).
        synthesis: W.
        target: patches of the averaged estimate, without means.
    """

    payers: ClassVar[int] = 1

    strength: Float[Tensor, "*#b"]
    synthesis: Float[Tensor, "m p"]
    target: Float[Tensor, "b m n"]

    def value(self, z: Float[Tensor, "b p n"]) -> Float[Tensor, " b"]:
        """psi(z), one number per image."""
        square = (self.synthesis @ z - self.target).square()
        return (self.strength * square / 2).sum((1, 2))

    def gradient(self, z: Float[Tensor, "b p n"]) -> Float[Tensor, "b p n"]:
        """strength W^T (W z - target), the numbers of a code side by side in memory as z's are."""
        excess = self.strength * (self.synthesis @ z - self.target)
        return (excess.mT @ self.synthesis).mT

    def prox(self, z: Float[Tensor, "b p n"], t: float) -> Float[Tensor, "b p n"]:
        """(I + t s W^T W)^-1 (z + t s W^T target), by Woodbury's identity on m x m."""
        weight = t * self.strength
        shifted = z + weight * (self.synthesis.T @ self.target)
        eye = torch.eye(len(self.synthesis), dtype=z.dtype, device=z.device)
        inner = eye + weight * (self.synthesis @ self.synthesis.T)
        return shifted - weight * (
            self.synthesis.T @ torch.linalg.solve(inner, self.synthesis @ shifted)
        )


class VariancePrior(nn.Module):
    """One strength per step; the target is taken from the codes of the state.

    Args:
        strength: bank of (steps,) strengths; negative ones count as 0.
    """

    def __init__(self, strength: Bank):
        super().__init__()
        self.strength = strength

    def forward(self, state: State) -> VariancePenalty:
        """The penalty in force."""
        strength = state.at_noise(self.strength)[:, state.k].relu()[:, None, None]
        synthesis = state.fidelity.synthesis
        target = state.fidelity.average(state.fidelity.estimate_patches(state.z), state.data)
        return VariancePenalty(strength, synthesis, target)
