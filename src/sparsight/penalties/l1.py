"""Weighted l1 norm: sparse codes (GroupSC eq. (1), Games table 1)."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from sparsight.bank import Bank
from sparsight.ops import huber, soft_threshold
from sparsight.protocols import Eta, State


@dataclass(frozen=True)
class L1Penalty:
    """psi(z) = sum over atoms and patches of weights_j |z_j|.

    Args:
        weights: one per atom, (p,) or (b, p).
    """

    payers: ClassVar[int] = 1

    weights: Float[Tensor, "*#b p"]

    def value(self, z: Float[Tensor, "b p n"]) -> Float[Tensor, " b"]:
        """psi(z), one number per image."""
        return (self.weights[..., None] * z.abs()).sum((1, 2))

    def prox(self, z: Float[Tensor, "b p n"], t: Eta) -> Float[Tensor, "b p n"]:
        """Soft thresholding by t * weights."""
        return soft_threshold(z, t * self.weights[..., None])

    def smoothed_value(
        self, z: Float[Tensor, "b p n"], alpha: Tensor | float
    ) -> Float[Tensor, " b"]:
        """Huber's function in place of the absolute value (Games section 3.2)."""
        return huber(z.abs(), self.weights[..., None], alpha).sum((1, 2))

    def smoothed_gradient(self, z: Float[Tensor, "b p n"], alpha: Tensor | float) -> Tensor:
        """clip(alpha z, +-weights)."""
        most = self.weights[..., None]
        return torch.maximum(torch.minimum(alpha * z, most), -most)


class L1Prior(nn.Module):
    """A threshold vector per step: the SC model.

    Args:
        thresholds: bank of (steps, p) thresholds.
    """

    def __init__(self, thresholds: Bank):
        super().__init__()
        self.thresholds = thresholds

    def forward(self, state: State) -> L1Penalty:
        """The penalty in force."""
        return L1Penalty(state.at_noise(self.thresholds)[:, state.k])
