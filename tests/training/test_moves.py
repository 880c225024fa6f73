"""Moves of a Laplacian game, fitted to its graphs."""

from dataclasses import replace

import pytest
import torch

from sparsight.recipes import games
from sparsight.training.moves import fit_moves, gather, give, moves_of, powers, two_graphs

SIGMA = 25 / 255


def picture(seed: int) -> torch.Tensor:
    """Blocks of grey, (1, 1, 32, 32)."""
    blocks = torch.rand(1, 1, 4, 4, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(blocks, scale_factor=8)


def game(moves: int):
    model = games.nllaplacian(depth=4, moves=moves, radius=2)
    found = moves_of(model)
    change = torch.linspace(-0.4, 0.4, len(found.eta), dtype=torch.float64)
    give(model, replace(found, eta=found.eta + 0.5 + change, pull=found.pull - change))
    return model


@pytest.mark.parametrize("moves", [1, 2])
def test_the_polynomial_is_what_the_model_does(moves):
    model, x = game(moves), picture(0)
    y = x + SIGMA * torch.randn(x.shape, generator=torch.Generator().manual_seed(0))
    data = model.fidelity.observe(y)
    with torch.no_grad():
        first, second = two_graphs(model, data, torch.tensor([SIGMA]))
        _, end = moves_of(model).polynomials()
        by_first = powers(first, data.centred, end.shape[0] - 1)
        table = torch.stack([torch.stack(powers(second, z, end.shape[1] - 1)) for z in by_first])
        found = (end[..., None, None, None].float() * table).sum((0, 1))
        expected = model(y, torch.tensor([SIGMA])).flatten(2)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("moves", [1, 2])
def test_moments_give_the_error_of_the_model(moves):
    model, images = game(moves), [picture(seed) for seed in range(2)]
    moments, errors = gather(model, images, SIGMA), []
    for seed, x in enumerate(images):
        y = x + SIGMA * torch.randn(x.shape, generator=torch.Generator().manual_seed(seed))
        with torch.no_grad():
            errors.append((model(y, torch.tensor([SIGMA])) - x).square().mean())
    psnr = -10 * torch.stack(errors).log10().mean().item()
    assert moments.psnr(moves_of(model).polynomials()[1].flatten()).item() == pytest.approx(
        psnr, abs=1e-3
    )


def test_fitting_helps():
    model, images = game(1), [picture(seed) for seed in range(4)]
    first, second = fit_moves(model, images, SIGMA, rounds=2, steps=300)
    assert first.after > first.before + 0.1
    assert second.after > first.before


@pytest.mark.parametrize(
    "model",
    [
        games.nltv(depth=2, radius=1),
        games.laplacian(depth=2),
        games.nllaplacian(depth=4, radius=1, refreshes=3),
    ],
)
def test_refuses_other_games(model):
    with pytest.raises(ValueError, match="non-local Laplacian"):
        fit_moves(model, [picture(0)], SIGMA)


def test_refuses_several_levels():
    model = games.nllaplacian(depth=4, radius=1, sigma_low=5.0, sigma_high=25.0, levels=2)
    with pytest.raises(ValueError, match="one noise level"):
        fit_moves(model, [picture(0)], SIGMA)
