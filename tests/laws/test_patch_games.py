"""Games of sparse codes: smoothed l1, shared groups, cosparse codes, sums (the paper Games)."""

import pytest
import torch
from tests.laws.penalty_laws import codes, differences

from sparsight.bank import Bank
from sparsight.explain import convergence
from sparsight.fidelities import PatchFidelity
from sparsight.models import Unrolled
from sparsight.neighbours import DenseGraph
from sparsight.ops import huber
from sparsight.penalties import (
    CosparsePenalty,
    CosparsePrior,
    L1Penalty,
    SharedGroupPenalty,
    Smoothed,
    SmoothedPrior,
)
from sparsight.recipes import RECIPES, bind
from sparsight.solvers import gradient

WEIGHTS = torch.tensor([0.4, 0.8], dtype=torch.float64)
ANALYSIS = codes(7, atoms=2, patches=5)[0]


def graph(normalised: bool = False) -> DenseGraph:
    """Symmetric weights, everybody their own neighbour with weight 1; or shares of their sum."""
    distance = codes(8, atoms=1)[:, 0]
    weights = (-(distance[:, :, None] - distance[:, None, :]).square()).exp()
    return DenseGraph(weights / weights.sum(2, keepdim=True) if normalised else weights)


ALONE = {"l1": L1Penalty(WEIGHTS), "cosparse": CosparsePenalty(ANALYSIS, 0.6)}
ALL = {
    **ALONE,
    "group": SharedGroupPenalty(WEIGHTS, graph()),
    "group, shares": SharedGroupPenalty(WEIGHTS, graph(), graph().degree()[:, None]),
    "group, symmetric": SharedGroupPenalty(WEIGHTS, graph(), graph().degree()[:, None], True),
}
ALPHAS = pytest.mark.parametrize("alpha", [0.5, 3.0])


@pytest.mark.parametrize("penalty", ALL.values(), ids=ALL)
def test_an_envelope_lies_below_and_comes_near(penalty):
    value = penalty.value(codes(0))
    below = [penalty.smoothed_value(codes(0), alpha) for alpha in (1.0, 10.0, 1e6)]
    for low, high in zip(below, [*below[1:], value + 1e-9]):
        assert (low < high).all()
    torch.testing.assert_close(below[2], value, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("penalty", ALONE.values(), ids=ALONE)
@ALPHAS
def test_where_players_are_alone_the_field_is_the_gradient(penalty, alpha):
    smoothed = Smoothed(penalty, alpha)
    torch.testing.assert_close(
        smoothed.gradient(codes(0)), differences(smoothed.value, codes(0)), rtol=1e-5, atol=1e-7
    )


def test_the_smoothed_l1_norm_has_its_prox_for_gradient():
    penalty, z = L1Penalty(WEIGHTS), codes(0)
    expected = 2.0 * (z - penalty.prox(z, 0.5))
    torch.testing.assert_close(penalty.smoothed_gradient(z, 2.0), expected)


def test_cosparse_with_the_identity_is_l1():
    eye = CosparsePenalty(torch.eye(2, dtype=torch.float64), 0.4)
    plain = L1Penalty(torch.full((2,), 0.4, dtype=torch.float64))
    torch.testing.assert_close(eye.value(codes(0)), plain.value(codes(0)))
    torch.testing.assert_close(
        eye.smoothed_gradient(codes(0), 2.0), plain.smoothed_gradient(codes(0), 2.0)
    )


@pytest.mark.parametrize("shares", [False, True])
@ALPHAS
def test_a_player_of_the_group_game_moves_down_its_own_norms(shares, alpha):
    """By finite differences of what player j alone pays, its neighbours held."""
    z, own = codes(0), graph()
    share = own.degree()[:, None] if shares else torch.ones(2, 1, 4, dtype=torch.float64)
    ours = SharedGroupPenalty(WEIGHTS, own, share).smoothed_gradient(z, alpha)
    for j in range(4):

        def cost(v, j=j):
            neighbours = DenseGraph(own.weights[:, j : j + 1].expand(-1, 4, -1))
            paid = SharedGroupPenalty(WEIGHTS, neighbours, share[:, :, j : j + 1])
            return paid.smoothed_value(v, alpha) / 4  # all four rows are the same player's

        slope = differences(cost, z)
        torch.testing.assert_close(slope[:, :, j], ours[:, :, j], rtol=1e-5, atol=1e-6)


@ALPHAS
def test_symmetric_weights_are_the_same_for_both(alpha):
    """Those of a graph whose edges are divided by the root of both ends' sums."""
    own, z = graph(), codes(0)
    sums = own.degree()
    both = DenseGraph(own.weights / (sums[:, :, None] * sums[:, None, :]).sqrt())
    assert both.asymmetry() < 1e-12
    symmetric = SharedGroupPenalty(WEIGHTS, own, sums[:, None], symmetric=True)
    # Norms are multiplied by the sums; a player's own weight is one part in its sum.
    norms = sums[:, None] * huber((both.energy(z)).sqrt(), WEIGHTS[:, None], alpha)
    torch.testing.assert_close(symmetric.smoothed_value(z, alpha), norms.sum((1, 2)))
    for j in range(4):

        def cost(v, j=j):
            root = both.energy(v)[:, :, j].sqrt()
            return (sums[:, j, None] * huber(root, WEIGHTS, alpha)).sum(1)

        slope = differences(cost, z)[:, :, j]
        ours = symmetric.smoothed_gradient(z, alpha)[:, :, j]
        torch.testing.assert_close(slope, ours, rtol=1e-5, atol=1e-6)


def test_the_group_field_has_no_potential_even_with_symmetric_weights():
    """Against appendix A.2: a player leaves out what its neighbours pay for its code."""
    z = codes(0, atoms=1)[:1]
    own = DenseGraph(graph().weights[:1])
    penalty = SharedGroupPenalty(WEIGHTS[:1], own, own.degree()[:, None], symmetric=True)
    jacobian = torch.autograd.functional.jacobian(
        lambda v: penalty.smoothed_gradient(v.reshape(1, 1, 4), 50.0).flatten(), z.flatten()
    )
    assert (jacobian - jacobian.T).abs().max() > 1e-3


def test_a_learned_analysis_operator_learns():
    generator = torch.Generator().manual_seed(0)
    dictionary = torch.randn(9, 12, generator=generator) / 6
    fidelity = PatchFidelity(dictionary, dictionary.clone(), dictionary.clone(), 3)
    noise = [25 / 255]
    cosparse = CosparsePrior(torch.eye(12), Bank(noise, torch.full((1, 4), 0.1)))
    prior = SmoothedPrior(cosparse, Bank(noise, torch.zeros(1, 4)))
    model = Unrolled(fidelity, prior, gradient, 4)
    model(torch.rand(1, 1, 10, 10, generator=generator)).square().sum().backward()
    assert cosparse.analysis.grad is not None
    assert (cosparse.analysis.grad != 0).any()


PATCH_GAMES = [name for name in RECIPES if name.startswith(("sc-", "group")) and "gray" in name]
SMALL = {"atoms": 16, "depth": 6, "patch": 5, "window": 6, "refresh": 3}


def small(name: str, *pairs: str) -> Unrolled:
    known = RECIPES[name].arguments()
    return bind(name, [f"{k}={v}" for k, v in SMALL.items() if k in known] + [*pairs]).model()


@pytest.mark.parametrize("name", PATCH_GAMES)
def test_every_number_of_a_patch_game_learns(name):
    model = small(name)
    y = torch.rand(1, 1, 14, 14, generator=torch.Generator().manual_seed(0))
    model(y).square().sum().backward()
    for parameter, values in model.named_parameters():
        assert values.grad is not None, parameter
        assert values.grad.isfinite().all(), parameter
        assert values.grad.any() or "nu" in parameter, parameter


def test_a_patch_game_without_agreement_is_sparse_coding():
    game = small("sc-tv-variance-gray")
    plain = small("sc-gray")
    with torch.no_grad():
        game.prior.smooth[0].prior.neighbours.weights.values.zero_()
        game.prior.smooth[1].strength.values.zero_()
    y = torch.rand(1, 1, 14, 14, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(game(y), plain(y), atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", ["sc-tv-gray", "sc-variance-gray"])
def test_agreement_changes_the_answer(name):
    y = torch.rand(1, 1, 14, 14, generator=torch.Generator().manual_seed(0))
    assert (small(name)(y) - small("sc-gray")(y)).abs().max() > 1e-6


def test_the_report_refuses_a_penalty_taken_by_its_prox():
    with pytest.raises(ValueError, match="Composite has no gradient"):
        convergence(small("sc-tv-gray"), torch.rand(1, 1, 14, 14))


def test_the_report_on_a_group_game():
    model, y = small("group-symmetric-gray"), torch.rand(1, 1, 14, 14)
    assert "no potential: the field of SharedGroupPenalty is no gradient" in str(
        convergence(model, y)
    )
    with torch.no_grad():
        model.fidelity.preconditioner.mul_(0.9)
    report = convergence(model, y)
    assert "no potential: C is not D" in str(report)
    assert all(move.potential is None for move in report.moves)


@pytest.mark.parametrize("gaps", [False, True])
def test_sparse_and_cosparse_codes_have_a_potential(gaps):
    """Every step of less than the field's steepness lowers it, by as much as the field says."""
    model = small("sc-gray")
    noise = [25 / 255]
    prior = SmoothedPrior(
        CosparsePrior(torch.eye(16), Bank(noise, torch.full((1, 6), 0.02))),
        Bank(noise, torch.zeros(1, 6)),
    )
    game = Unrolled(model.fidelity, prior, gradient, 6, stepsize=0.4)
    y = torch.rand(1, 1, 14, 14, generator=torch.Generator().manual_seed(0))
    if gaps:
        y[..., ::2, 1::3] = torch.nan
    report = convergence(game, y)
    assert "potential game" in str(report)
    potentials = [move.potential for move in report.moves]
    assert all(a > b for a, b in zip(potentials, potentials[1:]))
    game.stepsize = 1e-4
    first, second = convergence(game, y).moves[:2]
    size = game.fidelity.start(game.fidelity.observe(y)).numel()
    fall = first.potential - second.potential
    assert fall == pytest.approx(1e-4 * size * first.residual**2, rel=0.05)
