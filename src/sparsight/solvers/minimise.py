"""Optimisers of a smooth energy over images: Adam, gradient descent, nonmonotone acceleration.

An optimiser is given the energy and a start and yields where it stands, from the start on, for as
long as it is asked; whoever asks decides when it is enough. Images of a batch are apart: each has
its own energy and its own step.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor


@runtime_checkable
class Energy(Protocol):
    """What is minimised."""

    def value(self, x: Tensor) -> Tensor:
        """One number per image."""
        ...

    def value_and_gradient(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Both at once."""
        ...

    def curvature(self, x: Tensor) -> Tensor:
        """A bound on how fast the gradient changes, one number; the image tells only its shape."""
        ...


@dataclass(frozen=True)
class Iterate:
    """Where an optimiser stands.

    Attributes:
        x: the images.
        energy: one number per image.
    """

    x: Float[Tensor, "b *_"]
    energy: Float[Tensor, " b"]


@runtime_checkable
class Optimiser(Protocol):
    """Yields iterates, the start first."""

    def __call__(self, energy: Energy, x: Tensor) -> Iterator[Iterate]:
        """Begins at x."""
        ...


@dataclass(frozen=True)
class Adam:
    """Adam with a rate that decays exponentially (ALR section 3.3).

    Args:
        steps: after which it ends.
        first: rate of the first step, in units of the image.
        last: what the rate would be one step after the last.

    Raises:
        ValueError: no step, or a rate that is not above 0.
    """

    steps: int = 50
    first: float = 0.1
    last: float = 0.01

    def __post_init__(self):
        """Refuses what cannot move."""
        for name in ("steps", "first", "last"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be above 0")

    def __call__(self, energy: Energy, x: Float[Tensor, "b *_"]) -> Iterator[Iterate]:
        """Begins at x; the energy may rise in between."""
        x = x.clone()
        adam = torch.optim.Adam([x], self.first)
        decay = (self.last / self.first) ** (1 / self.steps)
        fall = torch.optim.lr_scheduler.ExponentialLR(adam, decay)
        for _ in range(self.steps):
            value, x.grad = energy.value_and_gradient(x)
            yield Iterate(x.clone(), value)
            adam.step()
            fall.step()
        yield Iterate(x, energy.value(x))


@dataclass(frozen=True)
class Gradient:
    """x - gradient / curvature (ALR eq. (5)): no step ever raises the energy.

    It needs a penalty that knows a bound on the curvature; a critic with ReLU has none, since
    its gradient jumps.
    """

    def __call__(self, energy: Energy, x: Float[Tensor, "b *_"]) -> Iterator[Iterate]:
        """Begins at x."""
        step = 1 / energy.curvature(x)
        while True:
            value, gradient = energy.value_and_gradient(x)
            yield Iterate(x, value)
            x = x - step * gradient


@dataclass(frozen=True)
class NonmonotoneAccelerated:
    """Nesterov's momentum, steps of Barzilai and Borwein, and a line search that tolerates rises.

    Algorithm 4 (nmAPG) of Li and Lin, *Accelerated proximal gradient methods for nonconvex
    programming*, 2015, for an energy without a proximal term. A step is taken if it falls below
    a running mean of past energies; if momentum does not, a plain gradient step is tried too.

    Args:
        first: length of the first trial step over the largest entry of the gradient, in units
            of the image.
        memory: share of the past in the running mean; 0 makes every step a descent.
        enough: fall that is asked for, over the square of the step.
        halvings: after which a line search gives up and the image stays.
    """

    first: float = 0.1
    memory: float = 0.8
    enough: float = 1e-4
    halvings: int = 30

    def __call__(self, energy: Energy, x: Float[Tensor, "b *_"]) -> Iterator[Iterate]:
        """Begins at x."""
        value, gradient = energy.value_and_gradient(x)
        yield Iterate(x, value)
        largest = gradient.flatten(1).abs().amax(1).clamp(min=1e-12)
        before, ahead, step = x, x, self.first / largest
        mean, weight, t_before, t = value, 1.0, 0.0, 1.0
        previous: tuple[Tensor, Tensor] | None = None
        while True:
            y = x + t_before / t * (ahead - x) + (t_before - 1) / t * (x - before)
            y_value, y_gradient = energy.value_and_gradient(y)
            if previous is not None:
                step = _barzilai_borwein(y - previous[0], y_gradient - previous[1], step)
            previous = y, y_gradient
            bound = torch.maximum(y_value, mean)
            ahead, ahead_value, step = self._search(energy, (y, y_gradient), step, bound)
            fallen = ahead_value <= mean - self.enough * _square(ahead - y)
            before = x
            if bool(fallen.all()):
                x, value = ahead, ahead_value
            else:
                plain, plain_value = self._plain(energy, x, step, mean)
                better = ahead_value <= plain_value
                x = torch.where(_along(better | fallen, x), ahead, plain)
                value = torch.where(better | fallen, ahead_value, plain_value)
            yield Iterate(x, value)
            t_before, t = t, ((4 * t**2 + 1) ** 0.5 + 1) / 2
            total = self.memory * weight + 1
            mean, weight = (self.memory * weight * mean + value) / total, total

    def _plain(
        self, energy: Energy, x: Tensor, step: Tensor, mean: Tensor
    ) -> tuple[Tensor, Tensor]:
        """A gradient step from x itself, or x where none falls below the mean."""
        value, gradient = energy.value_and_gradient(x)
        moved, moved_value, _ = self._search(energy, (x, gradient), step, mean)
        kept = moved_value > torch.maximum(mean, value)
        return torch.where(_along(kept, x), x, moved), torch.where(kept, value, moved_value)

    def _search(
        self, energy: Energy, base: tuple[Tensor, Tensor], step: Tensor, bound: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Halves steps until the energy has fallen enough below the bound."""
        x, gradient = base
        for _ in range(self.halvings):
            moved = x - _along(step, x) * gradient
            value = energy.value(moved)
            short = value > bound - self.enough * _square(moved - x)
            if not bool(short.any()):
                return moved, value, step
            step = torch.where(short, step / 2, step)
        moved = x - _along(step, x) * gradient
        return moved, energy.value(moved), step


def _barzilai_borwein(moved: Tensor, changed: Tensor, otherwise: Tensor) -> Tensor:
    """s.s / s.g per image: the inverse of the curvature along the last move, if it curved up."""
    along = (moved * changed).flatten(1).sum(1)
    curved = along > 1e-12 * _square(moved)
    size = _square(moved) / torch.where(curved, along, torch.ones_like(along))
    return torch.where(curved & (size > 0), size, otherwise)


def _square(x: Tensor) -> Tensor:
    return x.flatten(1).square().sum(1)


def _along(numbers: Tensor, x: Tensor) -> Tensor:
    """One number per image, made to multiply images."""
    return numbers.reshape(-1, *[1] * (x.ndim - 1))
