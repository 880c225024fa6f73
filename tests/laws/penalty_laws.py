"""What every convex penalty obeys, whatever its formula; each law is a function of one row.

A law fails with an AssertionError that tells by how much. Numbers are float64.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from tests.laws.brute_force import minimise
from torch import Tensor

from sparsight.protocols import SmoothPenalty

STEPS = (0.3, 1.0, 2.5)


@dataclass(frozen=True)
class Row:
    """A penalty and the codes at which its laws are tried.

    Args:
        name: shown by pytest.
        penalty: with `value` and `prox`; its gradient is tried where it has one.
        z: codes, (b, p, n), float64, few: brute force is slow.
    """

    name: str
    penalty: Any
    z: Tensor


def codes(seed: int, atoms: int = 2, patches: int = 4) -> Tensor:
    """Two images' codes of size about 1, one of them exactly 0."""
    generator = torch.Generator().manual_seed(seed)
    z = torch.randn(2, atoms, patches, generator=generator, dtype=torch.float64)
    z[0, 0, 0] = 0
    return z


def prox_beats_every_other_point(row: Row) -> None:
    """With u = prox(z): F(v) >= F(u) + 1/2 ||v - u||^2 for every v, F = 1/2 ||. - z||^2 + t psi.

    That much is what strong convexity gives the minimiser, and no other point has it.
    """
    generator = torch.Generator().manual_seed(1)
    for t in STEPS:
        u = row.penalty.prox(row.z, t)
        lowest = objective(row, u, t)
        for way in ways(row.z, u, generator):
            length = norm(way)
            deficit = lowest + length**2 / 2 - objective(row, u + way, t)
            # Two objectives differ by their rounding at least, however short the way.
            deficit = deficit - 1e-15 * lowest.abs()
            worst = (deficit / length.clamp(min=1e-9)).max().item()
            assert worst < 1e-6, f"t = {t}: a point beats the prox by {worst:.1e} of its distance"


def prox_is_where_brute_force_arrives(row: Row) -> None:
    """A minimiser that knows nothing but psi ends at prox(z)."""
    for t in STEPS:
        u = row.penalty.prox(row.z, t)
        for image in range(len(row.z)):
            expected = minimise(lambda v, i=image: alone(row, v, i), row.z[image], t)
            error = (u[image] - expected).abs().max().item()
            assert error < 1e-4, f"t = {t}: brute force ends {error:.1e} away from the prox"


def prox_is_firmly_nonexpansive(row: Row) -> None:
    """||prox(x) - prox(y)||^2 <= <prox(x) - prox(y), x - y>."""
    generator = torch.Generator().manual_seed(2)
    for t in STEPS:
        for size in (1e-3, 0.1, 1.0, 10.0):
            x = row.z + size * draw(row.z, generator)
            y = row.z + size * draw(row.z, generator)
            gap = row.penalty.prox(x, t) - row.penalty.prox(y, t)
            excess = ((gap * (gap - (x - y))).sum((1, 2)) / norm(x - y) ** 2).max().item()
            assert excess < 1e-6, f"t = {t}: expands by {excess:.1e}"


def envelope_has_the_prox_for_gradient(row: Row) -> None:
    """The Moreau envelope e(z) = min_u psi(u) + ||u - z||^2 / 2t has gradient (z - prox(z)) / t."""
    for t in STEPS:
        gradient = (row.z - row.penalty.prox(row.z, t)) / t
        error = (gradient - differences(lambda z, t=t: envelope(row, z, t), row.z)).abs().max()
        assert error < 1e-5, f"t = {t}: gradient of the envelope is off by {error:.1e}"


def prox_of_a_vanishing_step_is_the_identity(row: Row) -> None:
    """prox(z, t) -> z as t -> 0, and as fast as t does."""
    moved = [norm(row.penalty.prox(row.z, t) - row.z).max().item() for t in (1e-3, 1e-4, 1e-6)]
    assert moved[0] < 1e-1, f"a step of 1e-3 moves codes by {moved[0]:.1e}"
    assert moved[2] <= 2e-3 * moved[0] + 1e-9, f"a step of 1e-6 moves codes by {moved[2]:.1e}"


def gradient_is_that_of_the_value(row: Row) -> None:
    """`gradient` equals finite differences of `value`; for penalties that have one."""
    if not isinstance(row.penalty, SmoothPenalty):
        return
    error = row.penalty.gradient(row.z) - differences(row.penalty.value, row.z)
    assert error.abs().max() < 1e-6, f"gradient is off by {error.abs().max():.1e}"


LAWS: tuple[Callable[[Row], None], ...] = (
    prox_beats_every_other_point,
    prox_is_where_brute_force_arrives,
    prox_is_firmly_nonexpansive,
    envelope_has_the_prox_for_gradient,
    prox_of_a_vanishing_step_is_the_identity,
    gradient_is_that_of_the_value,
)


def objective(row: Row, u: Tensor, t: float) -> Tensor:
    """1/2 ||u - z||^2 + t psi(u), per image."""
    return norm(u - row.z) ** 2 / 2 + t * row.penalty.value(u)


def alone(row: Row, v: Tensor, image: int) -> Tensor:
    """psi of one image, v."""
    return row.penalty.value(row.z.index_copy(0, torch.tensor([image]), v[None]))[image]


def envelope(row: Row, z: Tensor, t: float) -> Tensor:
    """The Moreau envelope of psi at z, per image."""
    u = row.penalty.prox(z, t)
    return row.penalty.value(u) + norm(u - z) ** 2 / (2 * t)


def ways(z: Tensor, u: Tensor, generator: torch.Generator) -> Iterator[Tensor]:
    """Directions of all lengths: anywhere, along one entry, back to z, towards zero."""
    for size in (1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0):
        for _ in range(50):
            yield size * draw(z, generator)
        for entry in range(z[0].numel()):
            along = torch.zeros_like(z)
            along.flatten(1)[:, entry] = size
            yield along
            yield -along
        yield size * (z - u)
        yield -size * u


def differences(function: Callable[[Tensor], Tensor], z: Tensor, step: float = 1e-6) -> Tensor:
    """Central finite differences of a function that gives one number per image."""
    gradient = torch.zeros_like(z)
    for entry in range(z[0].numel()):
        shift = torch.zeros_like(z)
        shift.flatten(1)[:, entry] = step
        slope = (function(z + shift) - function(z - shift)) / (2 * step)
        gradient.flatten(1)[:, entry] = slope
    return gradient


def norm(z: Tensor) -> Tensor:
    """Euclidean norm, per image."""
    return z.flatten(1).norm(dim=1)


def draw(like: Tensor, generator: torch.Generator) -> Tensor:
    """Normal numbers, float64."""
    return torch.randn(like.shape, generator=generator, dtype=like.dtype)
