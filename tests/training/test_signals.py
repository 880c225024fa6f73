"""Training an analysis operator is ordinary supervised training."""

from dataclasses import replace

import pytest
import torch

from sparsight.data.signals import differences_matrix
from sparsight.ops import solve_analysis
from sparsight.recipes.signals import SIGNAL_RECIPES, bind_signals
from sparsight.training.signals import Pairs, fit_signals, generated_pairs, train_signals
from sparsight.zoo.signals import load_signal_model


def error(x: torch.Tensor, pairs: Pairs) -> float:
    return (x - pairs.clean).square().mean().item()


@pytest.mark.parametrize("name", SIGNAL_RECIPES)
def test_every_recipe_learns(name):
    recipe = bind_signals(name, ["length=16", "epochs=6", "batch=20"])
    pairs, held = (generated_pairs(n, 0.1, seed, 16) for n, seed in ((400, 0), (200, 1)))
    model = recipe.model()
    before = error(model(held.noisy).detach(), held)
    history = fit_signals(model, pairs, recipe, held)
    assert len(history) == 6
    assert history[-1].validation == pytest.approx(
        error(model(held.noisy).detach(), held), rel=1e-3
    )
    assert history[-1].validation < 0.98 * before
    assert history[-1].training < history[0].training


def test_learns_to_denoise_about_as_well_as_finite_differences():
    recipe = bind_signals("blorc-1d", ["length=24", "epochs=8", "batch=50"])
    pairs, held = (generated_pairs(n, 0.1, seed, 24) for n, seed in ((1500, 0), (500, 1)))
    model = recipe.model()
    fit_signals(model, pairs, recipe)
    x = solve_analysis(held.noisy, 0.12 * differences_matrix(24)).x
    assert error(model(held.noisy).detach(), held) < 1.1 * error(x, held)
    assert error(x, held) < 0.65 * error(held.noisy, held)


def test_units_do_not_matter():
    """x*(c y; c W) = c x*(y; W): millivolts or volts, the same signals come out."""
    recipe = bind_signals("blorc-1d", ["length=16", "epochs=2"])
    pairs, held = generated_pairs(200, 0.1, 0, 16), generated_pairs(20, 0.1, 1, 16)
    small, large = recipe.model(), recipe.model()
    fit_signals(small, pairs, recipe)
    fit_signals(large, pairs.scaled(1000.0), recipe)
    torch.testing.assert_close(
        large(1000 * held.noisy), 1000 * small(held.noisy), rtol=1e-6, atol=1e-6
    )


def test_a_run_leaves_weights_and_a_curve(tmp_path):
    recipe = bind_signals("blorc-1d", ["epochs=2", "pairs=60", "length=16"])
    path = train_signals("blorc-1d", recipe, None, tmp_path)
    model, record = load_signal_model(str(path))
    assert model.analysis.shape == (16, 16)
    assert record["pairs"] == 54
    assert record["sigma"] == pytest.approx(0.1, rel=0.1)
    assert len((tmp_path / "curve.json").read_text()) > 20


def test_length_of_own_pairs_is_that_of_the_model(tmp_path):
    recipe = bind_signals("blorc-1d", ["epochs=1"])
    path = train_signals("blorc-1d", recipe, generated_pairs(30, 0.3, 0, 20), tmp_path)
    model, record = load_signal_model(str(path))
    assert model.analysis.shape == (20, 20)
    assert record["data"] == "own pairs"
    one = generated_pairs(1, 0.3, 0, 20)
    with pytest.raises(ValueError, match="there is one pair"):
        train_signals("blorc-1d", recipe, one, tmp_path)


def test_refuses_numbers_that_cannot_be_meant():
    for pair, text in (
        ("epochs=0", "epochs is 0; it must be above 0"),
        ("sigma=-1", "sigma is -1.0; it must not be below 0"),
        ("colour=3", "colour=3 is not key=value with a key of batch, epochs"),
        ("lr=fast", "lr is fast; it must be a finite number"),
    ):
        with pytest.raises(ValueError, match=text):
            bind_signals("blorc-1d", [pair])
    with pytest.raises(ValueError, match="no recipe is called nobody"):
        bind_signals("nobody")
    assert replace(bind_signals("blorc-1d", ["length=9"])).model().analysis.shape == (9, 9)
