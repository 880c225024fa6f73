"""Weighted l1 norm: sparse codes (GroupSC eq. (1), Games table 1)."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor, nn

from sparsight.bank import Bank
from sparsight.ops import soft_threshold
from sparsight.protocols import State


@dataclass(frozen=True)
class L1Penalty:
    """psi(z) = sum over atoms and patches of weights_j |z_j|.

    Args:
        weights: one per atom, (p,) or (b, p).
    """

    weights: Float[Tensor, "*#b p"]

    def value(self, z: Float[Tensor, "b p n"]) -> Float[Tensor, " b"]:
        """psi(z), one number per image."""
        return (self.weights[..., None] * z.abs()).sum((1, 2))

    def prox(self, z: Float[Tensor, "b p n"], t: float) -> Float[Tensor, "b p n"]:
        """Soft thresholding by t * weights."""
        return soft_threshold(z, t * self.weights[..., None])


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
