"""Laws of the analysis operator of whole images: adjoint, solver, gradients."""

import pytest
import torch
from torch import Tensor

from sparsight.ops import apply_closed_form, solve_analysis
from sparsight.ops.convolved import analyse, solve_convolved, spectrum, synthesise
from sparsight.ops.convolved_layer import Accuracy, apply_convolved_form, project

H, W = 7, 6
EXACT = Accuracy(1e-14, 500)
STRENGTH = torch.tensor([0.04, 0.02, 0.05], dtype=torch.float64)[None, :, None, None]
SIDES = pytest.mark.parametrize("side", [2, 3])


def filters(side: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(3, 1, side, side, generator=generator, dtype=torch.float64)


def images(seed: int = 1, count: int = 2) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(count, 1, H, W, generator=generator, dtype=torch.float64)


def matrix(bank: Tensor, strength: Tensor = STRENGTH) -> Tensor:
    """The convolution written out: a row per filter and pixel, times its strength."""
    eye = torch.eye(H * W, dtype=torch.float64).reshape(-1, 1, H, W)
    return (strength * analyse(eye, bank)).flatten(1).T


def solved(y: Tensor, bank: Tensor, strength: Tensor = STRENGTH):
    """Near enough for its signs to be exact."""
    return solve_convolved(y, bank, strength, 1e-7, 4000)


@SIDES
def test_adjoint(side):
    x, bank = images(), filters(side)
    z = torch.rand(2, 3, H, W, generator=torch.Generator().manual_seed(2)).double()
    left, right = (analyse(x, bank) * z).sum(), (x * synthesise(z, bank)).sum()
    torch.testing.assert_close(left, right)


@SIDES
def test_filters_slide_over_the_border(side):
    x, bank = images(), filters(side)
    i, j, row, column = 2, 0, H - 1, W - 1
    rows, columns = ([(p + d) % n for d in range(side)] for p, n in ((row, H), (column, W)))
    window = x[0, 0][rows][:, columns]
    assert analyse(x, bank)[0, i, row, column].item() == pytest.approx((bank[i, 0] * window).sum())
    assert analyse(x, bank)[j].shape == (3, H, W)


def test_spectrum_is_that_of_the_matrix():
    dense = matrix(filters(3), torch.ones_like(STRENGTH))
    values = torch.linalg.eigvalsh(dense.T @ dense)
    half = spectrum(filters(3), (H, W))
    assert half.max().item() == pytest.approx(values.max().item())
    x = images()
    ours = torch.fft.irfft2(torch.fft.rfft2(x) * half, s=(H, W))
    torch.testing.assert_close(ours, synthesise(analyse(x, filters(3)), filters(3)))


@SIDES
def test_solver_agrees_with_the_one_of_matrices(side):
    y, bank = images(), filters(side)
    found, dense = solved(y, bank), solve_analysis(y.flatten(1), matrix(bank))
    assert dense.exact.all()
    torch.testing.assert_close(found.x.flatten(1), dense.x, atol=1e-6, rtol=0)
    torch.testing.assert_close(found.x, y - synthesise(found.dual, bank))
    assert (found.dual.abs() <= STRENGTH + 1e-15).all()
    assert torch.equal(found.free.flatten(1) == 1, dense.signs == 0)
    assert 0 < found.free.mean() < 1


def test_distance_is_a_bound():
    y, bank = images(), filters(3)
    exact = solved(y, bank).x
    for steps in (10, 30, 100):
        rough = solve_convolved(y, bank, STRENGTH, 0.0, steps)
        assert rough.steps == steps
        off = (rough.x - exact).flatten(1).norm(dim=1)
        assert (off <= rough.distance + 1e-9).all()


def test_a_tolerance_ends_sooner():
    y, bank = images(), filters(3)
    rough = solve_convolved(y, bank, STRENGTH, 0.1, 5000)
    assert rough.steps < solve_convolved(y, bank, STRENGTH, 1e-4, 5000).steps
    pulled = (y - rough.x).flatten(1).norm(dim=1)
    assert (rough.distance <= 0.1 * pulled).all()


@SIDES
def test_projection_is_the_one_of_matrices(side):
    """Dependent rows of W0 included: W0 has more rows than an image has pixels."""
    bank, g = filters(side), images(5)
    free = torch.rand(2, 3, H, W, generator=torch.Generator().manual_seed(3)).double() < 0.2
    projected, mu = project(g, bank, free.double(), EXACT)
    dense = matrix(bank, torch.ones_like(STRENGTH))
    for row in range(2):
        zero = dense[free[row].flatten()]
        inverse = torch.linalg.pinv(zero)
        expected = g[row].flatten() - inverse @ (zero @ g[row].flatten())
        torch.testing.assert_close(projected[row].flatten(), expected, atol=1e-10, rtol=0)
        least = inverse.T @ g[row].flatten()
        torch.testing.assert_close(
            mu[row].flatten()[free[row].flatten()], least, atol=1e-8, rtol=1e-8
        )
        assert (mu[row][~free[row]] == 0).all()


@SIDES
def test_layer_is_the_one_of_matrices(side):
    """The same image and the same gradients by y, filters and strengths."""
    g, results = images(7), []
    for dense in (False, True):
        leaves = [t.clone().requires_grad_() for t in (images(), filters(side), STRENGTH)]
        y, bank, strength = leaves
        found = solved(y.detach(), bank.detach())
        if dense:
            signs = ((1 - found.free) * found.dual.sign()).flatten(1)
            x = apply_closed_form(y.flatten(1), matrix(bank, strength), signs).reshape(y.shape)
        else:
            x = apply_convolved_form(y, bank, strength, found, EXACT)
        results.append((x.detach(), *torch.autograd.grad((x * g).sum(), leaves)))
    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=1e-6)


def test_gradients_are_finite_differences_through_the_solver():
    y, bank, clean = images(), filters(2), images(9)

    def loss(y: Tensor, bank: Tensor, strength: Tensor) -> Tensor:
        found = solved(y, bank, strength)
        return (apply_convolved_form(y, bank, strength, found, EXACT) - clean).square().sum() / 2

    leaves = [t.clone().requires_grad_() for t in (y, bank, STRENGTH)]
    x = apply_convolved_form(*leaves, solved(y, bank), EXACT)
    gradients = torch.autograd.grad((x - clean).square().sum() / 2, leaves)
    for place, gradient in enumerate(gradients):
        for entry in range(0, gradient.numel(), 5 if place == 0 else 1):
            ends = []
            for move in (1e-6, -1e-6):
                moved = [leaf.detach().clone() for leaf in leaves]
                moved[place].view(-1)[entry] += move
                ends.append(loss(*moved).item())
            slope = (ends[0] - ends[1]) / 2e-6
            assert gradient.view(-1)[entry].item() == pytest.approx(slope, abs=1e-6)


def test_strengths_may_differ_by_image():
    y, bank = images(), filters(3)
    strengths = torch.cat([STRENGTH, 2 * STRENGTH])
    both = solved(y, bank, strengths).x
    for row in range(2):
        alone = solved(y[row : row + 1], bank, strengths[row : row + 1]).x
        torch.testing.assert_close(both[row : row + 1], alone, atol=1e-6, rtol=0)
    leaves = [strengths.clone().requires_grad_(), STRENGTH.clone().requires_grad_()]
    shapes = [
        torch.autograd.grad(
            apply_convolved_form(y, bank, leaf, solved(y, bank, leaf), EXACT).sum(), leaf
        )[0].shape
        for leaf in leaves
    ]
    assert shapes == [strengths.shape, STRENGTH.shape]
