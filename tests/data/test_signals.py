"""Signals are what their names say."""

import torch

from sparsight.data.signals import (
    add_noise_to_signals,
    dct_matrix,
    differences_matrix,
    harmonic,
    piecewise_constant,
    stripes,
)


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_piecewise_constant():
    x = piecewise_constant(500, generator(), length=40, jumps=(2, 5))
    jumps = (x @ differences_matrix(40).T != 0).sum(1)
    assert set(jumps.tolist()) == {2, 3, 4, 5}
    assert (x.amax(1) == 1).all()
    assert x.min() >= 0
    assert (x[:, [0, -1]] == 0).all()
    free = piecewise_constant(500, generator(), length=40, grounded=False)
    assert (free[:, [0, -1]] != 0).all()
    assert torch.equal(x, piecewise_constant(500, generator(), length=40, jumps=(2, 5)))


def test_levels_may_last_a_multiple_of_samples():
    x = piecewise_constant(100, generator(), length=64, hold=4)
    assert x.shape == (100, 64)
    assert (x.unflatten(1, (16, 4)) == x[:, ::4, None]).all()
    assert set(((x @ differences_matrix(64).T) != 0).sum(1).tolist()) <= set(range(3, 9))


def test_harmonic_signals_are_sparse_in_the_dct():
    dct = dct_matrix(32)
    torch.testing.assert_close(dct @ dct.T, torch.eye(32, dtype=torch.float64))
    x = harmonic(50, generator(), length=32, waves=3)
    assert ((x @ dct.T).abs() > 1e-9).sum(1).eq(3).all()
    torch.testing.assert_close(x.abs().amax(1), torch.ones(50, dtype=torch.float64))


def test_stripes_change_in_one_direction_alone():
    upright, diagonal = stripes(64, generator()), stripes(64, generator(), diagonal=True)
    assert torch.equal(upright[0].expand(64, 64), upright)
    assert torch.equal(diagonal[1:, :-1], diagonal[:-1, 1:])
    for image in (upright, diagonal):
        assert len(image.unique()) > 3


def test_noise_has_its_level():
    clean = piecewise_constant(1000, generator())
    noise = add_noise_to_signals(clean, 0.2, generator()) - clean
    assert abs(noise.std().item() - 0.2) < 0.002
