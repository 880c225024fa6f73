"""Gradient steps with inertia."""

import pytest
import torch

from sparsight.fidelities import MeasuredFidelity, PixelFidelity
from sparsight.neighbours import NEAREST, ShiftGraph
from sparsight.operators import MaskedFourier
from sparsight.penalties import LaplacianPenalty
from sparsight.protocols import State
from sparsight.solvers import HeavyBall, field, gradient

SIDE = 10


def residual(step, steps: int) -> float:
    """Of a game on part of a scan, after so many steps."""
    generator = torch.Generator().manual_seed(0)
    mask = (torch.rand(1, 1, SIDE, SIDE, generator=generator) < 0.4).double()
    image = torch.rand(1, 1, SIDE, SIDE, generator=generator).double()
    fidelity = MeasuredFidelity(PixelFidelity(1), MaskedFourier)
    data = fidelity.observe(MaskedFourier(mask).A(image), mask)
    weights = torch.full((1, 8, 1), 0.02).double()
    penalty = LaplacianPenalty(ShiftGraph(weights, NEAREST, (SIDE, SIDE)))
    state = State(0, fidelity.start(data), data, fidelity)
    for k in range(steps):
        z = step(state, penalty, 0.7)
        state = State(k + 1, z, data, fidelity, previous=state.z)
    return field(state, penalty).norm().item()


def test_without_inertia_it_is_the_gradient_step():
    assert residual(HeavyBall(0.0), 7) == residual(gradient, 7)


def test_it_comes_to_rest_at_the_same_place_sooner():
    assert residual(HeavyBall(0.8), 60) < 0.1 * residual(gradient, 60)
    assert residual(HeavyBall(0.8), 600) < 1e-10


@pytest.mark.parametrize("inertia", [-0.1, 1.0])
def test_inertia_that_nothing_stops_is_refused(inertia):
    with pytest.raises(ValueError, match=f"inertia is {inertia}"):
        HeavyBall(inertia)
