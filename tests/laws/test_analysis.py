"""The laws of the analysis layer: its solver is exact, its gradients are those of the solver."""

import pytest
import torch
from torch import Tensor

from sparsight.data.signals import (
    add_noise_to_signals,
    dct_matrix,
    differences_matrix,
    piecewise_constant,
)
from sparsight.models import AnalysisDenoiser
from sparsight.ops import apply_closed_form, solve_analysis
from sparsight.ops.analysis_active_set import closed_form, null_space
from sparsight.ops.analysis_admm import admm

N = 24


def noisy(count: int = 40, length: int = N, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    clean = piecewise_constant(count, generator, length)
    return add_noise_to_signals(clean, 0.1, generator)


def random(rows: int, columns: int = N, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(rows, columns, generator=generator, dtype=torch.float64) / columns**0.5


DIFFERENCES = 0.2 * differences_matrix(N)
OPERATORS = {
    "identity": 0.1 * torch.eye(N, dtype=torch.float64),
    "differences": DIFFERENCES,
    "dct": 0.15 * dct_matrix(N),
    "random": 0.1 * random(N),
    "few rows": 0.2 * random(N // 3),
    "stacked": 0.1 * torch.cat([differences_matrix(N), dct_matrix(N), random(N)]),
    "rows twice": torch.cat([DIFFERENCES, DIFFERENCES]),
    "closed ring": 0.1 * (torch.eye(N) - torch.eye(N).roll(1, 1)).double(),
    "zeros": torch.zeros(N, N, dtype=torch.float64),
}
EVERY = pytest.mark.parametrize("name", OPERATORS)
# Where no row depends on others: there the pattern is constant in a neighbourhood of W.
INDEPENDENT = pytest.mark.parametrize("name", ["identity", "differences", "dct", "random"])


@EVERY
def test_kkt_conditions_hold(name):
    """x = y - W^T dual, |dual| <= 1, and dual = sign(W x) wherever W x is not 0."""
    analysis, y = OPERATORS[name], noisy()
    found = solve_analysis(y, analysis)
    assert found.exact.all()
    torch.testing.assert_close(found.x, y - found.dual @ analysis, atol=1e-12, rtol=0)
    z = found.x @ analysis.T
    assert found.dual.abs().max() <= 1 + 1e-9
    assert z[found.signs == 0].abs().max() < 1e-12
    assert (z * found.signs)[found.signs != 0].ge(0).all()
    assert torch.equal(found.dual[found.signs != 0], found.signs[found.signs != 0])
    assert found.distance.max() < 1e-6


@EVERY
def test_no_signal_nearby_is_better(name):
    analysis, y = OPERATORS[name], noisy()
    x = solve_analysis(y, analysis).x

    def objective(x: Tensor) -> Tensor:
        return (x - y).square().sum(1) / 2 + (x @ analysis.T).abs().sum(1)

    generator = torch.Generator().manual_seed(1)
    for size in (1e-4, 1e-2, 1.0):
        way = size * torch.randn(20, *x.shape, generator=generator, dtype=x.dtype)
        for step in way:
            gain = objective(x + step) - objective(x) - step.square().sum(1) / 2
            assert gain.min() > -1e-12  # what strong convexity gives the minimiser


@EVERY
def test_agrees_with_a_generic_convex_solver(name):
    cvxpy = pytest.importorskip("cvxpy")
    analysis, y = OPERATORS[name], noisy(5)
    x = solve_analysis(y, analysis).x
    for signal, ours in zip(y.numpy(), x.numpy()):
        theirs = cvxpy.Variable(N)
        penalty = cvxpy.norm1(analysis.numpy() @ theirs)
        problem = cvxpy.Problem(cvxpy.Minimize(cvxpy.sum_squares(theirs - signal) / 2 + penalty))
        problem.solve(solver=cvxpy.CLARABEL, tol_gap_abs=1e-12, tol_gap_rel=1e-12)
        assert abs(theirs.value - ours).max() < 1e-6


def test_thousands_of_long_signals_at_once():
    y = noisy(3000, 64)
    found = solve_analysis(y, 0.15 * differences_matrix(64))
    assert found.exact.all()
    assert found.distance.max() < 1e-6


def test_warm_start_needs_no_admm():
    analysis, y = OPERATORS["random"], noisy()
    cold = solve_analysis(y, analysis)
    warm = solve_analysis(y, 1.01 * analysis, start=cold.dual)
    assert cold.steps > warm.steps == 0
    torch.testing.assert_close(warm.x, solve_analysis(y, 1.01 * analysis).x)


def test_a_bad_start_does_no_harm():
    analysis, y = OPERATORS["stacked"], noisy()
    found = solve_analysis(y, analysis, start=torch.ones(len(y), len(analysis)).double())
    torch.testing.assert_close(found.x, solve_analysis(y, analysis).x)


def test_single_precision_finds_the_same_signals():
    for analysis in OPERATORS.values():
        x = solve_analysis(noisy().float(), analysis.float()).x
        torch.testing.assert_close(
            x.double(), solve_analysis(noisy(), analysis).x, atol=1e-3, rtol=0
        )


# Gradients.


def loss_through_the_solver(y: Tensor, analysis: Tensor, clean: Tensor) -> Tensor:
    return (solve_analysis(y, analysis).x - clean).square().sum() / 2


@INDEPENDENT
def test_gradients_are_finite_differences_through_the_solver(name):
    y, clean = noisy(2), noisy(2, seed=9)
    model = AnalysisDenoiser(OPERATORS[name][:8].clone())
    y.requires_grad_()
    loss = (model(y) - clean).square().sum() / 2
    loss.backward()
    by_w, by_y = (p.grad for p in (model.analysis, y))
    for parameter, gradient in ((model.analysis, by_w), (y, by_y)):
        expected = torch.zeros_like(gradient)
        base = parameter.detach()
        for entry in range(base.numel()):
            shift = torch.zeros_like(base)
            shift.view(-1)[entry] = 1e-6
            w, s = (shift, 0) if parameter is model.analysis else (0, shift)
            ends = [
                loss_through_the_solver(y.detach() + d * s, model.analysis.detach() + d * w, clean)
                for d in (1, -1)
            ]
            expected.view(-1)[entry] = (ends[0] - ends[1]) / 2e-6
        assert (gradient - expected).abs().max() < 1e-6


def by_autograd(y: Tensor, analysis: Tensor, signs: Tensor) -> Tensor:
    """Eq. (3.2), signal by signal, as one would write it down."""
    rows = []
    for signal, s in zip(y, signs):
        zero, rest = analysis[s == 0], analysis[s != 0]
        q = signal - rest.T @ s[s != 0]
        rows.append(q - torch.linalg.pinv(zero, rtol=1e-9) @ (zero @ q) if len(zero) else q)
    return torch.stack(rows)


@EVERY
def test_gradients_are_those_of_the_closed_form(name):
    """Dependent rows of W0 included: the pseudo-inverse of section 7.1."""
    y, g = noisy(10), noisy(10, seed=5)
    signs = solve_analysis(y, OPERATORS[name]).signs
    results = []
    for form in (apply_closed_form, by_autograd):
        leaves = y.clone().requires_grad_(), OPERATORS[name].clone().requires_grad_()
        x = form(*leaves, signs)
        results.append((x.detach(), *torch.autograd.grad((x * g).sum(), leaves)))
    for ours, theirs in zip(*results):
        torch.testing.assert_close(ours, theirs, atol=1e-12, rtol=0)


def test_equations_as_printed():
    """Eqs. (3.4) and (3.5) with every matrix written out."""
    y, analysis = noisy(1), OPERATORS["random"]
    clean = noisy(1, seed=3)
    model = AnalysisDenoiser(analysis.clone())
    solution = model.solve(y)
    x = model(y)
    ((x - clean).square().sum() / 2).backward()
    s = solution.signs[0]
    w0, rest, g = analysis[s == 0], analysis[s != 0], (x - clean)[0].detach()
    inverse = torch.linalg.pinv(w0)
    projection = torch.eye(N, dtype=torch.float64) - inverse @ w0
    q = y[0] - rest.T @ s[s != 0]
    on_rest = -torch.outer(s[s != 0], g) @ projection
    on_zero = -(projection @ (torch.outer(q, g) + torch.outer(g, q)) @ inverse).T
    torch.testing.assert_close(model.analysis.grad[s != 0], on_rest, atol=1e-12, rtol=0)
    torch.testing.assert_close(model.analysis.grad[s == 0], on_zero, atol=1e-12, rtol=0)


# Section 3.2: two cases with a solution on paper.


def test_scalar_case():
    """x*(w) = y - |w| where that is positive, else 0; its slope is -sign(w) or 0."""
    y = torch.tensor([[0.7]], dtype=torch.float64)
    for w in (-0.9, -0.5, -0.1, 0.2, 0.6, 0.8):
        model = AnalysisDenoiser(torch.tensor([[w]], dtype=torch.float64))
        x = model(y)
        x.sum().backward()
        alive = abs(w) < 0.7
        assert x.item() == pytest.approx(0.7 - abs(w) if alive else 0.0, abs=1e-15)
        slope = -(w / abs(w)) if alive else 0.0
        assert model.analysis.grad.item() == pytest.approx(slope, abs=1e-12)


def test_orthogonal_case():
    """W = lambda Q, Q Q^T = I: x* = Q^T S_lambda(Q y)."""
    q, y = torch.linalg.qr(random(N)).Q, noisy()
    z = y @ q.T
    expected = (z.sign() * (z.abs() - 0.12).clamp(min=0)) @ q
    found = solve_analysis(y, 0.12 * q)
    torch.testing.assert_close(found.x, expected, atol=1e-12, rtol=0)
    assert torch.equal(found.signs, z.sign() * (z.abs() > 0.12))


@pytest.mark.parametrize("name", ["identity", "differences", "zeros", "random"])
def test_sign_pattern_is_constant_near_w(name):
    """Section 3.2.3: moving every entry of W by up to 1e-8 moves no sign."""
    analysis, y = OPERATORS[name], noisy(200)
    generator = torch.Generator().manual_seed(0)
    before = solve_analysis(y, analysis).signs
    moved = analysis + 2e-8 * (torch.rand(analysis.shape, generator=generator).double() - 0.5)
    if name == "zeros":  # any small row gives W x the sign of that row's product with y
        before = (y @ moved.T).sign()
    assert torch.equal(solve_analysis(y, moved).signs, before)


# Limits.


def test_gamma_takes_small_entries_for_zero():
    y, analysis = noisy(), OPERATORS["random"]
    exact = AnalysisDenoiser(analysis.clone())
    coarse = AnalysisDenoiser(analysis.clone(), gamma=1e-2)
    z = exact.solve(y).x @ analysis.T
    signs = torch.where(z.abs() < 1e-2, 0.0, z.sign())
    x, _ = closed_form(y, analysis, signs, null_space(signs, analysis @ analysis.T))
    torch.testing.assert_close(coarse(y), x)
    assert (coarse(y) - exact(y)).abs().max() > 1e-4


def test_a_cap_that_is_too_low_is_told(monkeypatch):
    """With a single round of mending, ADMM has to find the pattern, which takes it long."""
    monkeypatch.setattr("sparsight.ops.analysis.ROUNDS", 1)
    y, analysis = noisy(20, 64), differences_matrix(64)
    short, long = (solve_analysis(y, analysis, steps=steps) for steps in (50, 6400))
    assert not short.exact.all()
    assert short.distance[~short.exact].min() > 1e-6
    assert long.exact.all()
    assert short.steps == 50 < long.steps
    off = (short.x - long.x).norm(dim=1)
    assert (off <= short.distance + 1e-6).all()


def test_bursts_of_admm_go_on_where_the_last_one_ended(monkeypatch):
    given, got = [], []

    def watched(y, prepared, v, steps):
        given.append(v.clone())
        got.append(admm(y, prepared, v, steps))
        return got[-1]

    monkeypatch.setattr("sparsight.ops.analysis.admm", watched)
    monkeypatch.setattr("sparsight.ops.analysis.polish", unpolished)
    y, analysis = noisy(20, 64), differences_matrix(64)
    solve_analysis(y, analysis, steps=350)
    assert len(given) > 2
    for before, after in zip(got, given[1:]):
        assert torch.equal(before, after)


def unpolished(y, analysis, gram, dual, rounds):
    """Mends nothing, so that every signal goes on."""
    return y - dual @ analysis, dual, dual.sign(), torch.zeros(len(y), dtype=torch.bool)


def test_a_tolerance_ends_sooner(monkeypatch):
    monkeypatch.setattr("sparsight.ops.analysis.ROUNDS", 1)
    y, analysis = noisy(20, 64), differences_matrix(64)
    rough, exact = (solve_analysis(y, analysis, tolerance=t) for t in (1.0, 0.0))
    assert rough.steps < exact.steps
    assert 0 < (rough.x - exact.x).norm(dim=1).max() <= 1


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_refuses_what_is_not_finite(value):
    y = noisy()
    y[1, 3] = value
    with pytest.raises(ValueError, match="y holds NaN or infinite numbers"):
        solve_analysis(y, DIFFERENCES)


def test_refuses_signals_of_another_length():
    with pytest.raises(ValueError, match="signals have 20 samples, the model takes 24"):
        AnalysisDenoiser(DIFFERENCES)(noisy(length=20))
