"""Backward passes written by hand: equal to finite differences, in float64, in every variant."""

import itertools

import pytest
import torch
from torch.autograd import gradcheck

from sparsight.neighbours import LatticeGraph
from sparsight.ops import (
    aligned,
    centralized_shrink,
    descend_codes,
    descend_together,
    group_shrink,
    shrink_on_lattice,
    soft_threshold,
)
from sparsight.ops.shrinkage import group_formula, soft_formula

B, P, M, N = 2, 3, 4, 5


def draw(*shape: int, seed: int, low: float | None = None) -> torch.Tensor:
    """Normal numbers, or uniform ones above `low`."""
    generator = torch.Generator().manual_seed(seed)
    if low is None:
        return torch.randn(shape, generator=generator, dtype=torch.float64).requires_grad_()
    drawn = low + torch.rand(shape, generator=generator, dtype=torch.float64)
    return drawn.requires_grad_()


@pytest.mark.parametrize("shape", [(), (N,), (P, 1), (1, P, 1), (B, P, 1), (B, P, N)])
def test_soft_threshold(shape):
    assert gradcheck(soft_threshold, (draw(B, P, N, seed=0), draw(*shape, seed=1, low=0.1)))


def test_soft_threshold_of_a_fixed_threshold():
    threshold = torch.full((P, 1), 0.3, dtype=torch.float64)
    assert gradcheck(soft_threshold, (draw(B, P, N, seed=0), threshold))


@pytest.mark.parametrize("shape", [(P, 1), (B, P, 1)])
def test_soft_threshold_of_negative_thresholds(shape):
    """They expand, as in the authors' program."""
    z, threshold = draw(B, P, N, seed=0), draw(*shape, seed=1, low=-0.5)
    assert (threshold < 0).any()
    assert gradcheck(soft_threshold, (z, threshold))


def test_soft_threshold_is_flat_where_codes_are_zero():
    z = torch.tensor([0.0, 0.2, -0.2, 2.0], dtype=torch.float64, requires_grad=True)
    threshold = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    soft_threshold(z, threshold).sum().backward()
    assert z.grad.tolist() == [0, 0, 0, 1]
    assert threshold.grad.item() == -1


def group_inputs(batch: int) -> list[torch.Tensor]:
    return [
        draw(B, P, N, seed=0),
        draw(B, P, N, seed=1, low=0.2),
        draw(batch, P, 1, seed=2, low=0.1),
        draw(B, 1, N, seed=3, low=0.3),
    ]


@pytest.mark.parametrize("batch", [1, B])
def test_group_shrink(batch):
    z, energy, threshold, size = group_inputs(batch)
    out = group_shrink(z, energy, threshold, size)
    assert 0 < (out == 0).sum() < out.numel()
    assert gradcheck(group_shrink, (z, energy, threshold, size))


@pytest.mark.parametrize("learned", list(itertools.product([False, True], repeat=4))[1:])
def test_group_shrink_for_each_choice_of_what_is_learned(learned):
    inputs = [x.detach().requires_grad_(own) for x, own in zip(group_inputs(1), learned)]
    assert gradcheck(group_shrink, inputs)


def test_group_shrink_has_finite_gradients_at_zero():
    z = torch.zeros(1, 2, 3, requires_grad=True)
    threshold = torch.full((1, 2, 1), 0.1, requires_grad=True)
    group_shrink(z, z.square(), threshold, torch.ones(1, 1, 3)).sum().backward()
    assert z.grad.isfinite().all()
    assert threshold.grad.isfinite().all()


def test_centralized_shrink():
    z, centre = draw(B, P, N, seed=0), draw(B, P, N, seed=1)
    threshold, pull = draw(P, 1, seed=2, low=0.1), draw(P, 1, seed=3, low=0.1)
    assert gradcheck(centralized_shrink, (z, centre, threshold, pull))


@pytest.mark.parametrize("masks", [None, 1, B])
def test_descend_codes(masks):
    z, y = draw(B, P, N, seed=0), draw(B, M, N, seed=1)
    dictionary, preconditioner = draw(M, P, seed=2), draw(M, P, seed=3)
    mask = None if masks is None else (draw(masks, M, N, seed=4) > 0).double()
    assert gradcheck(descend_codes, (z, y, dictionary, preconditioner, mask))
    residual = y - dictionary @ z
    expected = z + preconditioner.T @ (residual if mask is None else mask * residual)
    torch.testing.assert_close(descend_codes(z, y, dictionary, preconditioner, mask), expected)


@pytest.mark.parametrize("learned", list(itertools.product([False, True], repeat=4))[1:])
def test_descend_codes_for_each_choice_of_what_is_learned(learned):
    shapes = ((B, P, N), (B, M, N), (M, P), (M, P))
    inputs = [
        draw(*shape, seed=i).detach().requires_grad_(own)
        for i, (shape, own) in enumerate(zip(shapes, learned))
    ]
    assert gradcheck(descend_codes, (*inputs, None))


@pytest.mark.parametrize("masks", [None, 1, B])
def test_what_accelerators_do_is_the_same(masks):
    z, y = draw(B, P, N, seed=0), draw(B, M, N, seed=1)
    matrices = draw(M, P, seed=2), draw(M, P, seed=3)
    mask = None if masks is None else (draw(masks, M, N, seed=4) > 0).double()
    agree(descend_together, descend_codes, (z, y, *matrices), mask)
    padded = aligned(y), *matrices, None if mask is None else aligned(mask)
    assert padded[0].shape == (B, 8, N)
    expected = descend_codes(z, y, *matrices, mask)
    torch.testing.assert_close(descend_together(z, *padded), expected)
    assert gradcheck(descend_together, (z, *padded))
    agree(group_formula, group_shrink, group_inputs(B))
    agree(soft_formula, soft_threshold, (z, draw(B, P, 1, seed=2, low=0.1)))


@pytest.mark.parametrize("batch", [1, B])
def test_groups_on_a_lattice_in_one_piece(batch):
    lattice = torch.tensor([1, 4])

    def in_pieces(z, weights, threshold, size):
        energy = LatticeGraph(weights, lattice).energy(z)
        return group_shrink(z, energy, threshold, size)

    def in_one(z, weights, threshold, size):
        return shrink_on_lattice(z, weights, lattice, threshold, size)

    z, _, threshold, size = group_inputs(batch)
    inputs = z, draw(B, N, 2, seed=4, low=0.1), threshold, (3 * size).detach().requires_grad_()
    out = in_one(*inputs)
    assert 0 < (out == 0).sum() < out.numel()
    agree(in_one, in_pieces, inputs)
    assert gradcheck(in_one, inputs)


def agree(one, other, inputs, *more):
    """Both functions give the same output and the same gradients."""
    outs = [function(*inputs, *more) for function in (one, other)]
    torch.testing.assert_close(*outs)
    weights = torch.rand_like(outs[0])
    for a, b in zip(*(torch.autograd.grad(out, inputs, weights) for out in outs), strict=True):
        torch.testing.assert_close(a, b)
