"""What minimisation obeys, whatever the operator and the penalty."""

from dataclasses import dataclass
from functools import partial

import pytest
import torch

from sparsight.models import Variational
from sparsight.models.variational import RestorationEnergy
from sparsight.operators import Blur, Downsample, Identity, Mask, MaskedFourier
from sparsight.penalties import (
    CriticPenalty,
    LaplacianPenalty,
    Layer,
    PatchCritic,
    PixelPotential,
    Smoothed,
    TotalVariationPenalty,
)
from sparsight.solvers import Adam, Gradient, NonmonotoneAccelerated


def image(seed: int) -> torch.Tensor:
    """Two images of a channel, 12 x 10, float64."""
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(2, 1, 12, 10, generator=generator, dtype=torch.float64)


def critic(*layers: Layer) -> CriticPenalty:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return CriticPenalty(PatchCritic(1, layers).double().requires_grad_(False))


@dataclass(frozen=True)
class Analysis:
    """Huber's function of horizontal differences: an analysis operator, smoothed."""

    bend: float = 0.1

    def value(self, x):
        u = x.diff(dim=3).abs()
        near, far = u.square() / (2 * self.bend), u - self.bend / 2
        return torch.where(u <= self.bend, near, far).sum((1, 2, 3))

    def gradient(self, x):
        pull = (x.diff(dim=3) / self.bend).clamp(-1, 1)
        return torch.nn.functional.pad(pull, (1, 0)) - torch.nn.functional.pad(pull, (0, 1))


def smoothed_tv(graph):
    return Smoothed(TotalVariationPenalty(graph), 5.0)


KERNEL = torch.tensor([[0.0, 0.2, 0.1], [0.1, 0.4, 0.0], [0.1, 0.0, 0.1]], dtype=torch.float64)
SEEN = (image(7)[:1] > 0.4).double()
HEARD = SEEN.clone().index_fill_(3, torch.tensor([0]), 1.0)  # with the mean, which nothing pulls
SPATIAL = [Identity(), Mask(SEEN), Blur(KERNEL), Downsample(2)]
OPERATORS = [*SPATIAL, MaskedFourier(HEARD)]
LAPLACIAN = PixelPotential(LaplacianPenalty, 1.0)
TV = PixelPotential(smoothed_tv, 5.0)
ALR = critic(Layer(6), Layer(6, stride=2), Layer(2))
PENALTIES = {"laplacian": LAPLACIAN, "tv": TV, "analysis": Analysis(), "critic": ALR}
OPTIMISERS = [Adam(500, 0.05, 1e-5), Gradient(), NonmonotoneAccelerated()]

each_operator = pytest.mark.parametrize("operator", OPERATORS, ids=lambda o: type(o).__name__)
each_penalty = pytest.mark.parametrize("penalty", PENALTIES.values(), ids=PENALTIES.keys())


@each_penalty
@each_operator
def test_gradient_is_that_of_the_energy(operator, penalty):
    x = image(0)
    energy = RestorationEnergy(operator, penalty, 0.7, operator.A(image(1)), 0.3)
    value, gradient = energy.value_and_gradient(x)
    torch.testing.assert_close(value, energy.value(x))
    generator = torch.Generator().manual_seed(3)
    for _ in range(5):
        way = 1e-6 * torch.randn(x.shape, generator=generator, dtype=x.dtype)
        rise = (energy.value(x + way) - energy.value(x - way)) / 2
        torch.testing.assert_close(rise, (way * gradient).sum((1, 2, 3)), atol=1e-11, rtol=1e-5)


@pytest.mark.parametrize("penalty", [LAPLACIAN, TV], ids=["laplacian", "tv"])
@each_operator
def test_gradient_descent_never_rises(operator, penalty):
    solver = Variational(operator, penalty, 40.0, Gradient(), most=60)
    energies = solver(operator.A(image(1)), 0.2).energies
    assert (energies.diff(dim=0) <= 1e-12 * energies[:-1]).all()
    assert (energies[-1] < energies[0]).all()


def test_gradient_descent_needs_a_bound():
    with pytest.raises(ValueError, match="CriticPenalty knows no bound on its curvature"):
        Variational(Identity(), ALR, 1.0, Gradient())(image(0), 0.1)


@pytest.mark.parametrize("optimiser", OPTIMISERS, ids=lambda o: type(o).__name__)
@each_operator
def test_optimisers_find_the_minimum(operator, optimiser):
    """A quadratic energy has one, where a linear system says."""
    sigma, strength = 0.3, 5.0
    y = operator.A(image(1))[:1]
    energy = RestorationEnergy(operator, LAPLACIAN, strength, y, sigma)
    zero = torch.zeros_like(image(0)[:1])
    slope = energy.value_and_gradient(zero)[1].flatten()
    units = torch.eye(slope.numel(), dtype=slope.dtype).reshape(-1, *zero.shape)
    columns = [energy.value_and_gradient(unit)[1].flatten() - slope for unit in units]
    best = torch.linalg.solve(torch.stack(columns, 1), -slope).reshape(zero.shape)
    solver = Variational(operator, LAPLACIAN, strength, optimiser, 1e-9, 3000)
    solution = solver(y, sigma)
    assert (solution.x - best).abs().max() < (3e-3 if isinstance(optimiser, Adam) else 1e-5)
    assert (solution.energies[-1] - energy.value(best)).abs() < 1e-4


@each_penalty
def test_acceleration_ends_lower_than_it_began(penalty):
    solver = Variational(Blur(KERNEL), penalty, 3.0, NonmonotoneAccelerated(), 0.0, 80)
    energies = solver(Blur(KERNEL).A(image(1)), 0.1).energies
    assert (energies[-1] < energies[0]).all()
    descending = NonmonotoneAccelerated(memory=0.0)
    strict = Variational(Blur(KERNEL), penalty, 3.0, descending, 0.0, 80)
    energies = strict(Blur(KERNEL).A(image(1)), 0.1).energies
    assert (energies.diff(dim=0) <= 1e-9 * energies[:-1].abs()).all(), "no memory, no rise"


@pytest.mark.parametrize("optimiser", [OPTIMISERS[0], OPTIMISERS[2]], ids=["adam", "accelerated"])
def test_images_of_a_batch_are_apart(optimiser):
    solver = Variational(Blur(KERNEL), ALR, 3.0, optimiser, tolerance=0.0, most=20)
    y = Blur(KERNEL).A(image(1))
    together = solver(y, 0.1)
    alone = [solver(y[i : i + 1], 0.1) for i in range(2)]
    torch.testing.assert_close(together.x, torch.cat([one.x for one in alone]))
    torch.testing.assert_close(together.energies, torch.cat([one.energies for one in alone], 1))


def test_it_ends_when_nothing_moves():
    solution = Variational(Identity(), LAPLACIAN, 1.0, Gradient(), 1e-4)(image(0), 0.3)
    assert solution.residual < 1e-4
    assert 1 < solution.iterations < 200
    assert len(solution.energies) == solution.iterations + 1


def test_no_strength_gives_what_was_observed():
    solution = Variational(Identity(), ALR, 0.0)(image(0), 0.1)
    torch.testing.assert_close(solution.x, image(0))


@pytest.mark.parametrize(
    ("solve", "message"),
    [
        (lambda: Variational(Identity(), ALR, -1.0), "strength is -1.0; give a number from 0"),
        (partial(Variational(Identity(), ALR, 1.0), image(0), 0.0), "sigma is 0.0; the noise"),
        (partial(Adam, steps=0), "steps is 0; it must be above 0"),
        (partial(Adam, last=0.0), "last is 0.0; it must be above 0"),
    ],
)
def test_what_cannot_be_meant(solve, message):
    with pytest.raises(ValueError, match=message):
        solve()
