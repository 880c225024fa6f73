"""Restoration as a minimum: 1/2 sigma^-2 ||Ax - y||^2 + strength R(x) (ALR eqs. (2) and (4)).

Any operator, any penalty with a value and a gradient, any optimiser. The data term is a sum over
what was observed: for a penalty that is a mean, as a critic's is, the strength grows with the
number of pixels.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from sparsight.protocols import Joint, Operator
from sparsight.solvers.minimise import Adam, Optimiser

POWER_STEPS = 50
# The power method comes from below.
SAFETY = 1.02


@runtime_checkable
class Regulariser(Protocol):
    """A penalty of images, one number each, with its gradient."""

    def value(self, x: Tensor) -> Tensor:
        """R(x), (b,)."""
        ...

    def gradient(self, x: Tensor) -> Tensor:
        """Of each image's R by its pixels."""
        ...


@runtime_checkable
class Curved(Protocol):
    """A penalty that knows how fast its gradient changes."""

    def curvature(self) -> float:
        """A bound on ||grad R(u) - grad R(v)|| / ||u - v||."""
        ...


@dataclass(frozen=True)
class Solution:
    """Restored images and how they came about.

    Attributes:
        x: the images, (b, c, h, w), not clipped.
        iterations: steps of the optimiser.
        residual: root mean square of the last move, of the image that moved most; in units of
            the image.
        energies: of each image from the start on, (iterations + 1, b).
    """

    x: Float[Tensor, "b *_"]
    iterations: int
    residual: float
    energies: Float[Tensor, "_ b"]


@dataclass(frozen=True)
class RestorationEnergy:
    """1/2 sigma^-2 ||Ax - y||^2 + strength R(x).

    Args:
        operator: A.
        penalty: R.
        strength: lambda, not negative.
        y: observed.
        sigma: noise level in [0, 1] units.
    """

    operator: Operator
    penalty: Regulariser
    strength: float
    y: Tensor
    sigma: float

    def value(self, x: Tensor) -> Tensor:
        """One number per image."""
        return self._misfit(self._error(x)) + self.strength * self.penalty.value(x)

    def value_and_gradient(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Both at once."""
        error = self._error(x)
        value, slope = _both(self.penalty, x)
        gradient = self.operator.A_adjoint(error) / self.sigma**2 + self.strength * slope
        return self._misfit(error) + self.strength * value, gradient

    def curvature(self, x: Tensor) -> Tensor:
        """||A||^2 / sigma^2 + strength L, with L of the penalty.

        Raises:
            ValueError: the penalty knows no bound.
        """
        if not isinstance(self.penalty, Curved):
            raise ValueError(
                f"{type(self.penalty).__name__} knows no bound on its curvature, so no step size "
                "is sure to descend; choose Adam or NonmonotoneAccelerated"
            )
        data = square_norm(self.operator, x) / self.sigma**2
        return data + self.strength * self.penalty.curvature()

    def _error(self, x: Tensor) -> Tensor:
        return self.operator.A(x) - self.y

    def _misfit(self, error: Tensor) -> Tensor:
        return error.abs().flatten(1).square().sum(1) / (2 * self.sigma**2)


@dataclass(frozen=True)
class Variational:
    """Finds images that agree with what was observed and that a penalty likes.

    Args:
        operator: A, own or any physics of DeepInverse.
        penalty: with a value and a gradient.
        strength: lambda.
        optimiser: e.g. `Adam()`, `Gradient()`, `NonmonotoneAccelerated()`.
        tolerance: root mean square of a move, in units of the image, below which it ends.
        most: moves after which it ends in any case.

    Raises:
        ValueError: a strength below 0.
    """

    operator: Operator
    penalty: Regulariser
    strength: float
    optimiser: Optimiser = field(default_factory=Adam)
    tolerance: float = 1e-5
    most: int = 1000

    def __post_init__(self):
        """Refuses what has no minimum."""
        if not self.strength >= 0:
            raise ValueError(f"strength is {self.strength}; give a number from 0 up")

    def __call__(self, y: Tensor, sigma: float, start: Tensor | None = None) -> Solution:
        """Restores images.

        Args:
            y: observed, (b, ...).
            sigma: noise level in [0, 1] units, above 0.
            start: images to begin with, (b, c, h, w); A_adjoint(y) by default.
        """
        return deque(self.iterate(y, sigma, start), maxlen=1).pop()

    @torch.no_grad()
    def iterate(self, y: Tensor, sigma: float, start: Tensor | None = None) -> Iterator[Solution]:
        """The solution after each move, the start first; arguments as of a call.

        Raises:
            ValueError: a sigma that is not above 0.
        """
        if not sigma > 0:
            raise ValueError(f"sigma is {sigma}; the noise level must be above 0")
        energy = RestorationEnergy(self.operator, self.penalty, self.strength, y, sigma)
        x = self.operator.A_adjoint(y) if start is None else start
        energies, residual = [], float("inf")
        for count, now in enumerate(self.optimiser(energy, x)):
            energies.append(now.energy)
            if count:
                residual = (now.x - x).flatten(1).square().mean(1).sqrt().max().item()
            x = now.x
            yield Solution(x, count, residual, torch.stack(energies))
            if residual < self.tolerance or count == self.most:
                return


def square_norm(operator: Operator, x: Float[Tensor, "b *_"]) -> Tensor:
    """||A||^2, the largest eigenvalue of A* A, by the power method from a fixed start.

    Args:
        operator: A.
        x: images of the shape that A takes.
    """
    generator = torch.Generator().manual_seed(0)
    v = torch.randn(x.shape, generator=generator, dtype=x.dtype).to(x.device)
    for _ in range(POWER_STEPS):
        v = operator.A_adjoint(operator.A(v / v.norm().clamp(min=1e-30)))
    return SAFETY * v.norm()


def _both(penalty: Regulariser, x: Tensor) -> tuple[Tensor, Tensor]:
    if isinstance(penalty, Joint):
        return penalty.value_and_gradient(x)
    return penalty.value(x), penalty.gradient(x)
