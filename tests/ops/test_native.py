"""The compiled loops give what plain torch gives, forwards and backwards."""

import pytest
import torch
from torch import Tensor

from sparsight.neighbours.graph import LatticeGraph
from sparsight.ops import (
    centralized_shrink,
    code_patches,
    coding,
    descend_by_gram,
    descend_codes,
    gaussian_weights,
    gram_form,
    gram_pays,
    group_shrink,
    native,
    soft_threshold,
)
from sparsight.ops.coding import SPARSE, _PatchCoder

B, M, P, N, K = 2, 25, 48, 70, 7

pytestmark = pytest.mark.skipif(
    not native.available(), reason="the package was built without a C compiler"
)


def draw(*shape: int, seed: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def rows(z: Tensor) -> Tensor:
    """The same codes with the atoms of a patch side by side, as the models keep them."""
    return z.mT.contiguous().mT


def doubles(*parts: Tensor) -> list[Tensor]:
    """Float64 copies that need gradients: only plain torch takes those."""
    return [part.detach().double().requires_grad_() for part in parts]


def check(function, *parts: Tensor, among: int | None = None) -> None:
    """Output and gradients beside plain torch in float64."""
    parts = tuple(part.detach().requires_grad_() for part in parts)
    exact = doubles(*parts)
    out, expected = function(*parts), function(*exact)
    torch.testing.assert_close(out, expected.float(), rtol=1e-4, atol=1e-5)
    cotangent = draw(*out.shape, seed=99)
    ours = torch.autograd.grad(out, parts, cotangent)
    theirs = torch.autograd.grad(expected, exact, cotangent.double())
    for number, (left, right) in enumerate(zip(ours, theirs)):
        scale = right.abs().max().item()
        torch.testing.assert_close(
            left, right.float(), rtol=1e-3, atol=1e-4 * scale, msg=lambda m, i=number: f"{i}: {m}"
        )


def uses_loops(out: Tensor) -> bool:
    return "Native" in type(out.grad_fn).__name__ or "CodePatches" in type(out.grad_fn).__name__


@pytest.mark.parametrize("shape", [(P, 1), (1, P, 1), (B, P, 1)])
def test_soft_threshold(shape):
    z, t = rows(draw(B, P, N, seed=0)), draw(*shape, seed=1).abs()
    assert uses_loops(soft_threshold(z.requires_grad_(), t))
    check(soft_threshold, z, t)


def test_soft_threshold_of_negative_thresholds_without_gradients():
    z, t = rows(draw(B, P, N, seed=0)), draw(P, 1, seed=1)
    expected = torch.relu(z - t) - torch.relu(-z - t)
    torch.testing.assert_close(soft_threshold(z, t), expected)


@pytest.mark.parametrize("shape", [(P, 1), (1, P, 1), (B, P, 1)])
def test_soft_threshold_of_negative_thresholds(shape):
    z, t = rows(draw(B, P, N, seed=0)), draw(*shape, seed=1)
    assert uses_loops(soft_threshold(z.requires_grad_(), t))
    check(soft_threshold, z, t)


@pytest.mark.parametrize("batch", [1, B])
@pytest.mark.parametrize("lowest", [0.0, -0.5], ids=["thresholds", "some negative"])
def test_centralized_shrink(batch, lowest):
    z, centre = rows(draw(B, P, N, seed=0)), rows(0.7 * draw(B, P, N, seed=1))
    centre[:, ::3] = 0
    threshold = draw(batch, P, 1, seed=2).abs() + lowest
    pull = draw(1, P, 1, seed=3).abs()
    assert uses_loops(centralized_shrink(z.requires_grad_(), centre, threshold, pull))
    check(centralized_shrink, z, centre, threshold, pull)


def test_centralized_shrink_about_one_centre_for_all():
    z, centre = rows(draw(B, P, N, seed=0)), rows(draw(1, P, N, seed=1))
    t, pull = draw(1, P, 1, seed=2).abs(), draw(1, P, 1, seed=3).abs()
    expected = centralized_shrink(z, rows(centre.expand(B, -1, -1)), t, pull)
    torch.testing.assert_close(centralized_shrink(z, centre, t, pull), expected)


def test_means_over_a_lattice():
    lattice = torch.tensor([3, 11, 40, 69])
    weights = draw(B, N, len(lattice), seed=1).relu()
    assert (weights == 0).any()
    z = rows(draw(B, P, N, seed=0))

    def mix(z: Tensor, weights: Tensor) -> Tensor:
        return LatticeGraph(weights, lattice).mix(z)

    dense = torch.eye(N).repeat(B, 1, 1)
    dense[:, :, lattice] += weights
    torch.testing.assert_close(mix(z, weights), (dense @ z.mT).mT, rtol=1e-4, atol=1e-5)
    check(mix, z, weights)


@pytest.mark.parametrize("batch", [1, B])
def test_group_shrink(batch):
    parts = (
        rows(draw(B, P, N, seed=0)),
        rows(draw(B, P, N, seed=1).square() + 0.1),
        draw(batch, P, 1, seed=2) * 0.3,
        draw(B, 1, N, seed=3).abs() + 0.5,
    )
    assert uses_loops(group_shrink(parts[0].requires_grad_(), *parts[1:]))
    check(group_shrink, *parts)


def test_group_shrink_of_zeros():
    z = rows(torch.zeros(1, P, N)).requires_grad_()
    out = group_shrink(z, z.square(), torch.full((1, P, 1), 0.1), torch.ones(1, 1, N))
    out.sum().backward()
    assert torch.equal(out, torch.zeros_like(out))
    assert torch.isfinite(z.grad).all()


def matrices() -> tuple[Tensor, Tensor]:
    dictionary = draw(M, P, seed=2)
    dictionary /= torch.linalg.matrix_norm(dictionary, 2)
    return dictionary, dictionary + 0.02 * draw(M, P, seed=3)


def thresholds(batch: int, low: float) -> Tensor:
    return low + 0.1 * torch.rand(batch, K, P, generator=torch.Generator().manual_seed(4))


@pytest.mark.parametrize("batch", [1, B])
@pytest.mark.parametrize("low", [0.1, -0.002], ids=["thresholds", "some negative"])
def test_code_patches(batch, low, monkeypatch):
    monkeypatch.setattr(coding, "SPARSE", 1.0)
    y = 0.4 * draw(B, M, N, seed=5)
    (dictionary, preconditioner), t = matrices(), thresholds(batch, 0.1)
    t = torch.where(draw(*t.shape, seed=6) > 2, torch.full_like(t, low), t)
    y[0, :, 0] = 0  # a flat patch
    assert uses_loops(code_patches(y.requires_grad_(), dictionary, preconditioner, t))
    check(code_patches, y, dictionary, preconditioner, t)


@pytest.mark.parametrize("batch", [1, B])
def test_code_patches_by_dense_products(batch, monkeypatch):
    monkeypatch.setattr(coding, "SPARSE", 0.0)
    y, (dictionary, preconditioner) = 0.4 * draw(B, M, N, seed=5), matrices()
    check(code_patches, y, dictionary, preconditioner, thresholds(batch, 0.01))


def test_code_patches_where_most_atoms_are_in_use():
    """Dense products do it then, with the same result."""
    y, (dictionary, preconditioner), t = draw(B, M, N, seed=5), matrices(), thresholds(1, 0.0) / 50
    coder = _PatchCoder(y, dictionary, preconditioner, t)
    assert coder.used(1) > SPARSE
    z = code_patches(y, dictionary, preconditioner, t)
    torch.testing.assert_close(z, coder.codes()[0].mT, rtol=1e-4, atol=1e-5)


def test_code_patches_is_the_loop():
    y, (dictionary, preconditioner), t = draw(B, M, N, seed=5), matrices(), thresholds(B, 0.1)
    z = torch.zeros(B, P, N)
    for k in range(K):
        z = descend_codes(z, y, dictionary, preconditioner)
        z = soft_threshold(z, t[:, k, :, None])
    coded = code_patches(y, dictionary, preconditioner, t)
    torch.testing.assert_close(coded, z, rtol=1e-4, atol=1e-5)
    assert torch.equal(coded != 0, z != 0)


@pytest.mark.parametrize(("m", "p", "n"), [(81, 256, 3), (9, 16, 1), (147, 1024, 2), (4, 272, 5)])
def test_code_patches_of_any_shape(m, p, n):
    dictionary = draw(m, p, seed=0)
    dictionary /= torch.linalg.matrix_norm(dictionary, 2)
    t = torch.full((1, 5, p), 0.15)
    check(code_patches, draw(1, m, n, seed=1), dictionary, dictionary.clone(), t)


def test_odd_numbers_of_atoms_go_through_torch():
    dictionary = draw(M, 20, seed=0)
    dictionary /= torch.linalg.matrix_norm(dictionary, 2)
    z = code_patches(
        draw(1, M, N, seed=1), dictionary, dictionary.requires_grad_(), torch.full((1, 3, 20), 0.1)
    )
    assert not uses_loops(z)


@pytest.mark.parametrize(("n", "count", "p"), [(70, 33, 48), (13, 16, 256), (5, 3, 16)])
@pytest.mark.parametrize("shared", [True, False])
def test_sparse_product(n, count, p, shared):
    base, factors = draw(B, n, p, seed=0), draw(B, n, count, seed=1)
    factors = factors * (draw(B, n, count, seed=2) > 0.7)
    matrix = draw(*(() if shared else (B,)), count, p, seed=3)
    for squared, own in ((False, base), (True, base.square())):
        product = native.sparse_product(base, factors, matrix, squared)
        torch.testing.assert_close(product, own + factors @ matrix, rtol=1e-4, atol=1e-5)


def test_descend_by_gram_is_descend_codes():
    z = rows(draw(B, P, N, seed=0) * (draw(B, P, N, seed=1) > 0.5))
    y, pair = draw(B, M, N, seed=2), matrices()
    expected = descend_codes(z, y, *pair)
    with torch.no_grad():
        assert gram_pays(z, M)
        step = descend_by_gram(z, *gram_form(y, *pair))
    torch.testing.assert_close(step, expected, rtol=1e-4, atol=1e-5)
    assert not gram_pays(z, M)  # gradients need the residual


@pytest.mark.parametrize("count", [33, 16])
@pytest.mark.parametrize("outside", [True, False])
def test_gaussian_weights(count, outside):
    u, v = 0.3 * draw(B, M, N, seed=0), 0.3 * draw(B, M, count, seed=1)
    mask = draw(N, count, seed=2) > 0 if outside else None

    def weights(u: Tensor, v: Tensor) -> Tensor:
        return gaussian_weights(u, v, mask, 3.0)

    check(weights, u, v)
    expected = 3 * torch.exp(-torch.cdist(u.mT, v.mT).square())
    if mask is not None:
        expected = expected.masked_fill(mask, 0)
    torch.testing.assert_close(weights(u, v), expected, rtol=1e-4, atol=1e-6)


def test_gaussian_weights_of_distant_patches_vanish():
    far = torch.full((1, M, 1), 1e3)
    assert gaussian_weights(far, -far).item() < 1e-37
    assert gaussian_weights(far, far).item() == 1


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["compiled", "plain"])
def test_weights_that_change_no_sum_are_0(dtype):
    """Products with denormal numbers take many times as long."""
    there = torch.arange(12, dtype=dtype)[None, None]
    weights = gaussian_weights(torch.zeros(1, 1, 1, dtype=dtype), there, factor=9.0)[0, 0]
    expected = 9 * torch.exp(-there[0, 0].square())
    torch.testing.assert_close(weights[:6], expected[:6])
    assert torch.equal(weights[6:], torch.zeros(6, dtype=dtype))


def test_gaussian_weights_of_itself():
    u = draw(1, M, N, seed=0).requires_grad_()
    chosen = torch.arange(0, N, 5)
    weights = gaussian_weights(u, u[:, :, chosen], itself=chosen, own=0.0)
    assert torch.equal(weights[0, chosen, torch.arange(len(chosen))], torch.zeros(len(chosen)))
    weights.sum().backward()
    assert torch.isfinite(u.grad).all()
