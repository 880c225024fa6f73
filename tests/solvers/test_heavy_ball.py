"""Gradient steps with inertia."""

import pytest
import torch

from sparsight.fidelities import MeasuredFidelity, PixelFidelity
from sparsight.neighbours import NEAREST, ShiftGraph
from sparsight.operators import MaskedFourier
from sparsight.penalties import Composite, L1Penalty, LaplacianPenalty
from sparsight.protocols import State
from sparsight.solvers import (
    HeavyBall,
    InertialForwardBackward,
    field,
    forward_backward,
    gradient,
)

SIDE = 10


def part_of_a_scan():
    generator = torch.Generator().manual_seed(0)
    mask = (torch.rand(1, 1, SIDE, SIDE, generator=generator) < 0.4).double()
    image = torch.rand(1, 1, SIDE, SIDE, generator=generator).double()
    fidelity = MeasuredFidelity(PixelFidelity(1), MaskedFourier)
    return fidelity.observe(MaskedFourier(mask).A(image), mask), fidelity


def residual(step, steps: int) -> float:
    """Of a game, after so many steps."""
    data, fidelity = part_of_a_scan()
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
@pytest.mark.parametrize("step", [HeavyBall, InertialForwardBackward])
def test_inertia_that_nothing_stops_is_refused(step, inertia):
    with pytest.raises(ValueError, match=f"inertia is {inertia}"):
        step(inertia)


def lasso_gap(step, steps: int) -> float:
    """How far sparse pixels of part of a scan still move."""
    data, fidelity = part_of_a_scan()
    penalty = Composite((), L1Penalty(torch.full((1,), 0.02).double()))
    state = State(0, fidelity.start(data), data, fidelity)
    for k in range(steps):
        z = step(state, penalty, 1.0)
        state = State(k + 1, z, data, fidelity, previous=state.z)
    return (forward_backward(state, penalty, 1.0) - state.z).norm().item()


def test_forward_backward_with_inertia_comes_to_rest_sooner():
    assert lasso_gap(InertialForwardBackward(0.0), 5) == lasso_gap(forward_backward, 5)
    assert lasso_gap(InertialForwardBackward(0.7), 40) < 0.2 * lasso_gap(forward_backward, 40)
