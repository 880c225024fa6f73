"""What BLORC is compared with: each does what it is named after."""

import torch

from sparsight.bench import analysis_ksvd, learn_orthogonal, learn_orthogonal_denoiser
from sparsight.bench.ksvd import pursue
from sparsight.data.signals import add_noise_to_signals, piecewise_constant, stripes
from sparsight.metrics import psnr
from sparsight.ops import solve_analysis


def test_orthogonal_learning_stays_orthogonal_and_sparsifies():
    clean = piecewise_constant(60, torch.Generator().manual_seed(0), length=24)
    analysis = learn_orthogonal(clean, steps=100)
    eye = torch.eye(24, dtype=torch.float64)
    torch.testing.assert_close(analysis @ analysis.T, eye)
    assert (clean @ analysis.T).abs().sum() < 0.8 * clean.abs().sum()


def test_an_orthogonal_denoiser_is_orthogonal_and_beats_the_unsupervised_one():
    generator = torch.Generator().manual_seed(0)
    clean = piecewise_constant(400, generator, length=24, jumps=(2, 4))
    noisy = add_noise_to_signals(clean, 0.1, generator)
    start = learn_orthogonal(clean, steps=100)
    learned = learn_orthogonal_denoiser(clean, noisy, start, steps=60)
    gram = learned @ learned.T
    torch.testing.assert_close(gram, gram.diagonal().diag())
    errors = [(solve_analysis(noisy, w).x - clean).square().mean() for w in (0.1 * start, learned)]
    assert errors[1] < 0.9 * errors[0]


def test_pursuit_makes_patches_orthogonal_to_the_rows_they_chose():
    generator = torch.Generator().manual_seed(0)
    analysis = torch.nn.functional.normalize(torch.randn(20, 9, generator=generator), dim=1)
    y = torch.randn(30, 9, generator=generator)
    x, chosen = pursue(y, analysis, 0.5)
    assert chosen.sum() > 30
    assert ((x @ analysis.T)[chosen]).abs().max() < 1e-5
    # No further from y than noise explains.
    assert ((x - y).norm(dim=1) <= 1.05 * 0.5 * 8**0.5 + 1e-5).all()


def test_analysis_ksvd_denoises_stripes(monkeypatch):
    monkeypatch.setattr("sparsight.bench.ksvd.PATCHES", 500)
    monkeypatch.setattr("sparsight.bench.ksvd.ITERATIONS", 2)
    generator = torch.Generator().manual_seed(0)
    clean = stripes(40, generator).float()[None]
    noisy = clean + 0.1 * torch.randn(clean.shape, generator=generator)
    assert psnr(analysis_ksvd(noisy[None], 0.1)[0], clean) > psnr(noisy, clean) + 3
