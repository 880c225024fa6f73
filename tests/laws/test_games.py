"""Games: each player's own gradient, potentials, equilibria (the paper Games)."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from sparsight.explain import convergence
from sparsight.fidelities import PatchFidelity, PixelFidelity
from sparsight.models import Unrolled
from sparsight.neighbours import NEAREST, DenseGraph, ShiftGraph, square_window
from sparsight.ops import shift
from sparsight.penalties import LaplacianPenalty, Smoothed, TotalVariationPenalty
from sparsight.protocols import Observation, State
from sparsight.recipes import bind
from sparsight.solvers import BarzilaiBorwein, extragradient, field, gradient

GRID = (4, 5)
PLACES = GRID[0] * GRID[1]
CROSS = ((-1, 0), (0, -1), (0, 1), (1, 0))


def draw(*shape: int, seed: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def graph(symmetric: bool, offsets=NEAREST) -> ShiftGraph:
    """Weights of their own at every place; symmetric: those of each pair averaged."""
    weights = draw(1, len(offsets), PLACES, seed=1).abs()
    if symmetric:
        back = [offsets.index((-row, -column)) for row, column in offsets]
        returned = [
            shift(weights[:, b : b + 1], (o,), GRID)[:, :, 0] for o, b in zip(offsets, back)
        ]
        weights = (weights + torch.cat(returned, 1)) / 2
    return ShiftGraph(weights, offsets, GRID)


PENALTIES = {
    "total variation": lambda g: TotalVariationPenalty(g, 0.7),
    "laplacian": lambda g: LaplacianPenalty(g, 0.7),
}
penalties = pytest.mark.parametrize("make", PENALTIES.values(), ids=PENALTIES)


@penalties
@pytest.mark.parametrize("alpha", [0.5, 3.0])
def test_a_player_moves_down_its_own_envelope(make, alpha):
    """The gradient of player j's smoothed cost by z_j alone, by finite differences."""
    g, z, step = graph(False), draw(1, 2, PLACES, seed=0), 1e-6
    ours = Smoothed(make(g), alpha).gradient(z)
    for j in range(PLACES):
        alone = torch.zeros(1, 1, PLACES, dtype=torch.float64)
        alone[..., j] = 1
        own = ShiftGraph(g.inside * alone, g.offsets, GRID)  # nobody else pays
        for c in range(2):
            way = torch.zeros_like(z)
            way[0, c, j] = step
            costs = [Smoothed(make(own), alpha).value(z + s * way) for s in (1, -1)]
            slope = (costs[0] - costs[1]) / (2 * step)
            torch.testing.assert_close(slope[0], ours[0, c, j], rtol=1e-5, atol=1e-7)


@penalties
def test_an_envelope_lies_below_and_comes_near(make):
    """Phi <= phi, and nearer to it the greater alpha."""
    penalty, z = make(graph(False)), draw(1, 2, PLACES, seed=0)
    value = penalty.value(z)
    below = [penalty.smoothed_value(z, alpha) for alpha in (1.0, 10.0, 1e6)]
    assert below[0] < below[1] < below[2] <= value + 1e-9
    torch.testing.assert_close(below[2], value, rtol=1e-4, atol=0)


@penalties
@pytest.mark.parametrize("unit", [False, True], ids=["plain", "with units"])
def test_envelopes_are_those_of_the_same_graph_stored_otherwise(make, unit):
    """Also where every image has a smoothing and a unit of its own."""
    g, z = graph(False), draw(3, 2, PLACES, seed=0)
    eye = torch.eye(PLACES, dtype=torch.float64)[None]
    dense = DenseGraph(g.mix(eye).mT.expand(3, -1, -1).contiguous())
    alpha, units = (draw(3, 1, 1, seed=seed).exp() for seed in (1, 2))
    ours, theirs = (replace(make(x), unit=units) if unit else make(x) for x in (g, dense))
    torch.testing.assert_close(ours.smoothed_value(z, alpha), theirs.smoothed_value(z, alpha))
    for image in range(3):
        one = replace(ours, unit=units[image : image + 1]) if unit else ours
        alone = one.smoothed_value(z[image : image + 1], alpha[image].item())
        torch.testing.assert_close(ours.smoothed_value(z, alpha)[image : image + 1], alone)


@penalties
def test_the_field_is_half_of_autograd_where_weights_are_symmetric(make):
    z = draw(1, 2, PLACES, seed=0).requires_grad_()
    penalty = Smoothed(make(graph(True)), 2.0)
    (summed,) = torch.autograd.grad(penalty.value(z).sum(), z)
    torch.testing.assert_close(2 * penalty.gradient(z), summed)


@penalties
@pytest.mark.parametrize("symmetric", [True, False])
def test_the_jacobian_is_symmetric_iff_weights_are(make, symmetric):
    penalty, z = Smoothed(make(graph(symmetric)), 2.0), draw(1, 1, PLACES, seed=0)
    jacobian = torch.autograd.functional.jacobian(
        lambda v: penalty.gradient(v.reshape(1, 1, PLACES)).flatten(), z.flatten()
    )
    gap = (jacobian - jacobian.T).abs().max()
    assert (gap < 1e-10) == symmetric
    assert (penalty.penalty.graph.asymmetry() < 1e-10) == symmetric


def pixels(y: torch.Tensor) -> Observation:
    return PixelFidelity(y.shape[1]).observe(y)


def test_symmetric_total_variation_ends_at_the_convex_optimum():
    """1/2 ||z - y||^2 + a sum over pairs |z_j - z_k|, beside its dual by a generic solver.

    The dual is least squares on a box: min ||y - a D^T p||^2 over |p| <= 1, z = y - a D^T p.
    """
    from scipy.optimize import lsq_linear

    rows, columns, a, alpha = 7, 8, 0.2, 1e6
    y = draw(1, 1, rows, columns, seed=0)
    y[..., 2:5, 3:6] += 3
    weights = torch.full((1, 4, 1), a, dtype=torch.float64)
    penalty = Smoothed(TotalVariationPenalty(ShiftGraph(weights, CROSS, (rows, columns))), alpha)
    fidelity, data = PixelFidelity(1), pixels(y)
    curvature = 1 + 8 * alpha * a
    z = ahead = data.centred
    inertia = (curvature**0.5 - 1) / (curvature**0.5 + 1)  # the smoothed game is stiff
    for _ in range(20_000):
        new = gradient(State(0, ahead, data, fidelity), penalty, 1 / curvature)
        z, ahead = new, new + inertia * (new - z)
    places = np.arange(rows * columns).reshape(rows, columns)
    pairs = [*zip(places[1:].flat, places[:-1].flat), *zip(places[:, 1:].flat, places[:, :-1].flat)]
    differences = np.zeros((len(pairs), rows * columns))
    for edge, (j, k) in enumerate(pairs):
        differences[edge, [j, k]] = 1, -1
    observed = y.flatten().numpy()
    dual = lsq_linear(a * differences.T, observed, (-1, 1), tol=1e-14).x
    expected = observed - a * differences.T @ dual
    assert np.abs(z.flatten().numpy() - expected).max() < 1e-4


class Bilinear:
    """min over x, max over y of x y: the field turns and never falls."""

    def gradient(self, z):
        return torch.stack([z[:, :, 1], -z[:, :, 0]], 2)


@pytest.mark.parametrize(("step", "converges"), [(gradient, False), (extragradient, True)])
def test_extragradient_converges_on_a_bilinear_game_and_gradient_does_not(step, converges):
    y, nothing = torch.ones(1, 1, 1, 2), torch.zeros(1, 1, 1, 2)
    fidelity = PixelFidelity(1)
    data = fidelity.observe(y, nothing)
    state = State(0, data.centred, data, fidelity)
    for k in range(600):
        z = step(State(k, state.z, data, fidelity, previous=state.previous), Bilinear(), 0.3)
        state = State(k, z, data, fidelity, previous=state.z)
    assert (state.z.norm() < 1e-3) == converges
    assert (state.z.norm() > 1e3) != converges


def test_extragradient_is_eq_8():
    g, y = graph(False), draw(1, 1, *GRID, seed=3)
    penalty, fidelity, data = Smoothed(TotalVariationPenalty(g), 2.0), PixelFidelity(1), pixels(y)
    z = data.centred
    look = z - 0.1 * field(State(0, z, data, fidelity), penalty)
    expected = z - 0.2 * field(State(0, look, data, fidelity), penalty)
    looked = extragradient(State(0, z, data, fidelity), penalty, 0.1)
    moved = extragradient(State(1, looked, data, fidelity, previous=z), penalty, 0.2)
    torch.testing.assert_close(looked, look)
    torch.testing.assert_close(moved, expected)


def test_barzilai_borwein_is_the_ratio_of_the_paper_turned_over():
    dictionary = draw(9, 12, seed=0)
    fidelity = PatchFidelity(dictionary, dictionary.clone(), dictionary.clone(), 3)
    data = fidelity.observe(draw(1, 1, 5, 5, seed=1))
    z, before = draw(1, 12, 9, seed=2), draw(1, 12, 9, seed=3)
    eta = BarzilaiBorwein()(State(1, z, data, fidelity, previous=before))
    seen = dictionary @ (z - before)
    expected = seen.square().sum(1) / (dictionary.T @ seen).square().sum(1)
    torch.testing.assert_close(eta[:, 0].detach(), expected)
    still = BarzilaiBorwein(0.5)(State(1, z, data, fidelity, previous=z))
    assert (still == 0.5).all()


COUNTS = {
    ("tv-gray", "weights=1", "moves=1"): 72,
    ("tv-gray", "weights=1", "moves=2"): 144,
    ("tv-gray", "weights=8", "moves=1"): 240,
    ("tv-gray", "weights=8", "moves=2"): 480,
    ("laplacian-gray", "weights=1", "moves=1"): 72,
    ("laplacian-gray", "weights=1", "moves=2"): 144,
    ("laplacian-gray", "weights=8", "moves=1"): 240,
    ("laplacian-gray", "weights=8", "moves=2"): 480,
    ("nltv-gray", "kappas=1", "moves=1"): 154,
    ("nltv-gray", "kappas=2", "moves=1"): 235,
    ("nltv-gray", "kappas=1", "moves=2"): 226,
    ("nltv-gray", "kappas=2", "moves=2"): 307,
    ("nllaplacian-gray", "kappas=1", "moves=1"): 154,
    ("nllaplacian-gray", "kappas=2", "moves=1"): 235,
    ("nllaplacian-gray", "kappas=1", "moves=2"): 226,
    ("nllaplacian-gray", "kappas=2", "moves=2"): 307,
    ("tiny-cnn-gray",): 326,
    ("tiny-cnn-gray", "first=10", "second=11", "last_bias=0"): 1200,
}


@pytest.mark.parametrize(("recipe", "count"), COUNTS.items(), ids=map(" ".join, COUNTS))
def test_as_many_parameters_as_table_a4(recipe, count):
    model = bind(recipe[0], recipe[1:]).model()
    assert sum(values.numel() for values in model.parameters()) == count


@pytest.mark.parametrize("name", ["tv-gray", "laplacian-gray", "nltv-gray", "nllaplacian-gray"])
def test_untrained_games_remove_noise_and_learn(name):
    clean = torch.zeros(1, 1, 24, 24)
    clean[..., 8:16, 6:18] = 0.5
    noisy = clean + 25 / 255 * torch.randn(clean.shape, generator=torch.Generator().manual_seed(0))
    model = bind(name, ["depth=8"]).model()
    restored = model(noisy)
    error, before = (restored - clean).square().mean(), (noisy - clean).square().mean()
    assert error < 0.8 * before
    error.backward()
    for parameter, values in model.named_parameters():
        used = values.grad is not None and values.grad.abs().sum() > 0
        assert used or "nu" in parameter, parameter


def test_the_report_knows_a_potential():
    y = torch.rand(1, 1, 20, 20, generator=torch.Generator().manual_seed(0))
    symmetric = bind("tv-gray", ["weights=1", "moves=1"]).model()
    numbers = symmetric.neighbours.weights, symmetric.prior.smoothing, symmetric.stepsize.sizes
    with torch.no_grad():  # a convex game, the same at every move
        for bank, value in zip(numbers, (0.15, 0.7, 0.17)):
            bank.values.fill_(value)
    report = convergence(symmetric, y)
    assert "potential game" in str(report)
    potentials = [move.potential for move in report.moves]
    assert all(a >= b for a, b in zip(potentials, potentials[1:]))
    assert report.last < report.moves[0].residual
    similar = bind("nltv-gray", []).model()
    assert "no potential: asymmetric weights" in str(convergence(similar, y))
    assert all(move.potential is None for move in convergence(similar, y).moves)


def test_the_report_refuses_what_has_no_gradient():
    with pytest.raises(ValueError, match="L1Penalty has no gradient"):
        convergence(bind("sc-gray", ["atoms=16", "depth=2"]).model(), torch.rand(1, 1, 12, 12))


@pytest.mark.parametrize("own", [0, 1])
def test_similar_places_are_the_same_with_and_without_gradients(own):
    numbers = ["radius=2", "depth=4", "moves=1", f"own={own}"]
    model = bind("nltv-gray", numbers).model().double()
    y = torch.rand(1, 1, 40, 60, generator=torch.Generator().manual_seed(0)).double()
    learning = model(y)
    with torch.no_grad():
        torch.testing.assert_close(model(y), learning)


def test_similarity_weights_are_shares_and_favour_the_like():
    similar = bind("nltv-gray", ["radius=2"]).model().neighbours
    image = torch.zeros(1, 1, 16, 16)
    image[..., 8:] = 1
    weights = similar.compare(image, torch.full((1, 81), 0.5)).weights
    torch.testing.assert_close(weights.sum(1), torch.ones(1, 256))
    place, across = 8 * 16 + 7, similar.offsets.index((0, 1))
    along = similar.offsets.index((1, 0))
    assert weights[0, along, place] > 5 * weights[0, across, place]
    assert square_window(1) == NEAREST


def test_a_place_unlike_all_others_keeps_to_itself():
    similar = bind("nltv-gray", ["radius=2", "own=1"]).model().neighbours
    image = torch.zeros(1, 1, 24, 24)
    image[..., 18, 18] = 9
    own = torch.tensor([-2.0])
    shares = similar.compare(image, torch.full((1, 81), 0.5), own).weights.sum(1).reshape(24, 24)
    count = len(similar.offsets)
    assert shares[8, 8] == pytest.approx(count / (count + math.exp(-2)))
    assert shares[18, 18] < 1e-6


def test_the_potential_of_scans_falls_as_fast_as_the_field_says():
    tv = bind("mri-tv", ["depth=2", "weights=1", "inertia=0"]).model()
    with torch.no_grad():  # the same game at both moves
        for bank, value in ((tv.neighbours.weights, 0.15), (tv.prior.smoothing, 0.7)):
            bank.values.fill_(value)
    game = Unrolled(tv.fidelity, tv.prior, gradient, 2, tv.neighbours, stepsize=1e-4)
    generator = torch.Generator().manual_seed(0)
    mask = (torch.rand(1, 1, 12, 10, generator=generator) > 0.4).float()
    y = mask * torch.fft.fft2(torch.rand(1, 1, 12, 10, generator=generator), norm="ortho")
    first, second = convergence(game, y, torch.tensor([0.5])).moves
    fall = first.potential - second.potential
    assert fall == pytest.approx(1e-4 * 120 * first.residual**2, rel=0.02)
