"""Moreau-Yosida smoothing: a penalty's envelope in its place (Games section 3.2).

Phi(u) = min_v phi(v) + alpha / 2 ||u - v||^2 has the gradient alpha (u - prox_{phi / alpha}(u)):
alpha trades smoothness for likeness to phi. It is positive, hence stored as a logarithm.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor, nn

from sparsight.bank import Bank
from sparsight.protocols import State


@runtime_checkable
class Smoothable(Protocol):
    """A penalty that knows the gradient of its envelope."""

    def smoothed_gradient(self, z: Tensor, alpha: Tensor | float) -> Tensor:
        """Each player's own gradient of the envelope."""
        ...

    def smoothed_value(self, z: Tensor, alpha: Tensor | float) -> Tensor:
        """The envelope, summed over players."""
        ...


@dataclass(frozen=True)
class Smoothed:
    """The envelope of a penalty.

    Args:
        penalty: knows the gradient of its envelope.
        alpha: Moreau parameter, positive; one number or one per image, (b, 1, 1).
    """

    penalty: Smoothable
    alpha: Float[Tensor, "#b 1 1"] | float

    def value(self, z: Float[Tensor, "b p n"]) -> Float[Tensor, " b"]:
        """The envelope, one number per image."""
        return self.penalty.smoothed_value(z, self.alpha)

    def gradient(self, z: Float[Tensor, "b p n"]) -> Float[Tensor, "b p n"]:
        """Each player's own gradient."""
        return self.penalty.smoothed_gradient(z, self.alpha)


class SmoothedPrior(nn.Module):
    """A prior whose penalties are smoothed, by an alpha per move.

    Args:
        prior: of penalties that can be smoothed.
        smoothing: bank of (moves,) logarithms of alpha.
    """

    def __init__(self, prior: nn.Module, smoothing: Bank):
        super().__init__()
        self.prior = prior
        self.smoothing = smoothing

    def forward(self, state: State) -> Smoothed:
        """The penalty in force."""
        alpha = state.at_noise(self.smoothing)[:, state.k].exp()[:, None, None]
        return Smoothed(self.prior(state), alpha)
