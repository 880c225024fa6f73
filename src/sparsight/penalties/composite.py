"""A sum of penalties: smooth ones through their gradients, a simple one through its prox."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from sparsight.protocols import Penalty, SmoothPenalty, State


@dataclass(frozen=True)
class Composite:
    """psi = sum of the smooth penalties + the simple one.

    Args:
        smooth: penalties with a gradient.
        simple: a penalty with a proximal operator.
    """

    smooth: tuple[SmoothPenalty, ...]
    simple: Penalty

    def gradient(self, z: Float[Tensor, "b p n"]) -> Float[Tensor, "b p n"]:
        """Gradient of the smooth part."""
        return sum((penalty.gradient(z) for penalty in self.smooth), start=torch.zeros_like(z))


@dataclass(frozen=True)
class SmoothSum:
    """psi = the sum of smooth penalties.

    Args:
        penalties: each with a gradient.
    """

    penalties: tuple[SmoothPenalty, ...]

    def gradient(self, z: Float[Tensor, "b p n"]) -> Float[Tensor, "b p n"]:
        """Each player's own gradient."""
        return sum((penalty.gradient(z) for penalty in self.penalties), start=z.new_zeros(()))


class SmoothSumPrior(nn.Module):
    """Priors whose smooth penalties are added.

    Args:
        priors: of penalties with a gradient.
    """

    def __init__(self, priors: Sequence[nn.Module]):
        super().__init__()
        self.priors = nn.ModuleList(priors)

    def forward(self, state: State) -> SmoothSum:
        """The penalty in force."""
        return SmoothSum(tuple(prior(state) for prior in self.priors))


class CompositePrior(nn.Module):
    """Priors whose penalties are added.

    Args:
        smooth: priors of smooth penalties.
        simple: prior of the penalty taken implicitly.
    """

    def __init__(self, smooth: Sequence[nn.Module], simple: nn.Module):
        super().__init__()
        self.smooth = nn.ModuleList(smooth)
        self.simple = simple

    def forward(self, state: State) -> Composite:
        """The penalty in force."""
        return Composite(tuple(prior(state) for prior in self.smooth), self.simple(state))
