"""When similarities are made anew, from what, and with what share."""

import pytest
import torch

from sparsight.bank import Bank
from sparsight.fidelities import PatchFidelity
from sparsight.neighbours import (
    Lattice,
    NoNeighbours,
    Similarity,
    averaged_estimate,
    patchwise_estimate,
)
from sparsight.protocols import State


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def state(k: int, graph=None) -> State:
    fidelity = PatchFidelity(*(draw(9, 6, seed=seed) / 9 for seed in (1, 2, 3)), 3)
    data = fidelity.observe(draw(2, 1, 6, 7) / 4)
    return State(k, draw(2, 6, 20, seed=4), data, fidelity, graph=graph)


def similarity(kappas: int = 1, nus: int = 1, **changes) -> Similarity:
    kappa = 0.5 + torch.arange(kappas)[None, :, None] * torch.ones(1, 1, 9)
    parts = {"refresh": (2, 5), "lattice": Lattice(), **changes}
    return Similarity(Bank([0.1], kappa), Bank([0.1], torch.arange(nus)[None].float()), **parts)


@torch.no_grad()
def test_the_first_graph_compares_what_was_observed():
    model, at = similarity(), state(0)
    expected = model.compare(0.5 * at.data.centred, at.data.grid)
    torch.testing.assert_close(model(at).weights, expected.weights)


@torch.no_grad()
def test_between_refreshes_the_graph_stays():
    model = similarity()
    old = model(state(0))
    assert [model(state(k, old)) is old for k in range(1, 7)] == [
        True,
        False,
        True,
        True,
        False,
        True,
    ]


@pytest.mark.parametrize("features", [averaged_estimate, patchwise_estimate])
@torch.no_grad()
def test_a_refresh_enters_with_the_share_nu(features):
    model = similarity(features=features)
    old = model(state(0))
    at = state(2, old)
    new = model.compare(0.5 * features(at), at.data.grid)
    torch.testing.assert_close(model(at).weights, (old.weights + new.weights) / 2)


@torch.no_grad()
def test_a_refresh_subtracts_the_means_of_the_input():
    at = state(2)
    image = at.fidelity.decode(at.z, at.data)
    patches = torch.nn.functional.unfold(image, 3)
    torch.testing.assert_close(averaged_estimate(at), patches - at.data.mean)


@torch.no_grad()
def test_one_kappa_and_one_nu_per_refresh():
    """The first kappa is for the first graph; a refresh beyond the last takes the last."""
    model = similarity(kappas=2, nus=2)
    old = model(state(0))
    for k, nu in ((2, 0.0), (5, 1.0)):
        at = state(k, old)
        new = model.compare(1.5 * averaged_estimate(at), at.data.grid)
        share = torch.sigmoid(torch.tensor(nu))
        expected = torch.lerp(old.weights, new.weights, share)
        torch.testing.assert_close(model(at).weights, expected)


def test_kappa_enters_squared():
    u = draw(1, 9, 20)
    model = similarity()
    plus, minus = (model.compare(sign * 0.5 * u, (4, 5)).weights for sign in (1, -1))
    torch.testing.assert_close(plus, minus)


def test_no_neighbours():
    assert NoNeighbours()(state(0)) is None
    with pytest.raises(
        ValueError, match="this prior needs neighbours; give the model a Similarity"
    ):
        state(0).neighbours()
