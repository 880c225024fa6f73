"""A short training makes a model better at pictures it has not drawn."""

import json

import pytest
import torch
from tests.training.makers import piecewise, tiny

from sparsight.data import NoisyCrops
from sparsight.recipes import bind
from sparsight.training.fit import CHECKPOINT
from sparsight.training.initial import initialise
from sparsight.training.loss import counted_square_loss
from sparsight.training.record import RECORD
from sparsight.training.run import train
from sparsight.zoo import read_weights

SMALL = ("crop=12", "steps=12", "lr=0.005")
NON_LOCAL = (*SMALL, "depth=4", "refresh=1", "window=6")
RUNS = {
    "sc": ("sc-gray", SMALL),
    "csr": ("csr-gray", NON_LOCAL),
    "groupsc, a range of noise": (
        "groupsc-gray",
        (*NON_LOCAL, "thin=3", "sigma_low=10", "sigma_high=50", "levels=3"),
    ),
}


@torch.no_grad()
def loss(model, sigma: tuple[float, float]) -> float:
    clean, noisy, level = NoisyCrops(piecewise(), 30, 4, sigma, seed=99).draw(0)
    return counted_square_loss(model(noisy, level), clean, model.fidelity.side).item()


@pytest.mark.parametrize(("name", "numbers"), RUNS.values(), ids=RUNS)
def test_training_reduces_the_loss(name, numbers, pictures, tmp_path):
    recipe = tiny(name, *numbers)
    sigma = recipe.schedule.sigma_low, recipe.schedule.sigma_high
    start = recipe.model()
    initialise(start, piecewise(), None, recipe.schedule)
    weights = train(name, recipe, pictures, tmp_path)
    trained, record = read_weights(str(weights))
    assert loss(trained, sigma) < 0.95 * loss(start, sigma)
    before = start.state_dict()
    assert [k for k, v in trained.state_dict().items() if torch.equal(v, before[k])] == []
    assert record == json.loads((tmp_path / RECORD).read_text())
    assert record["recipe"] == name
    assert record["arguments"] == recipe.arguments()
    assert record["images"] == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        CHECKPOINT,
        "log",
        RECORD,
        "weights.safetensors",
    ]


def test_a_run_says_how_far_it_is_also_when_it_goes_on(pictures, tmp_path, capsys):
    numbers = ("crop=12", "check_every=2")
    train("sc-gray", tiny("sc-gray", *numbers, "steps=3"), pictures, tmp_path)
    first = capsys.readouterr().err.splitlines()
    train("sc-gray", tiny("sc-gray", *numbers, "steps=5"), pictures, tmp_path, resume=True)
    second = capsys.readouterr().err.splitlines()
    assert [line.partition(":")[0] for line in first + second] == ["step 2 of 3", "step 4 of 5"]
    assert "psnr_training_images" in second[0]


def test_networks_begin_alike_for_a_seed(pictures, tmp_path):
    def begin(seed: int, folder: str) -> torch.Tensor:
        recipe = bind(
            "tiny-cnn-gray", ["steps=1", "lr=1e-12", "crop=12", "batch=1", f"seed={seed}"]
        )
        weights = train("tiny-cnn-gray", recipe, pictures, tmp_path / folder)
        return torch.cat([p.flatten() for p in read_weights(str(weights))[0].parameters()])

    first = begin(3, "a")
    torch.manual_seed(1)
    torch.testing.assert_close(begin(3, "b"), first)
    assert not torch.allclose(begin(4, "c"), first, atol=1e-3)


def test_an_interrupted_run_leaves_weights_that_tell_how_far_it_came(
    pictures, tmp_path, monkeypatch
):
    whole = NoisyCrops.draw

    def stopped(self, step):
        if step == 5:
            raise KeyboardInterrupt
        return whole(self, step)

    monkeypatch.setattr(NoisyCrops, "draw", stopped)
    with pytest.raises((KeyboardInterrupt, SystemExit)):
        train("sc-gray", tiny("sc-gray", *SMALL), pictures, tmp_path)
    record = read_weights(str(tmp_path / "weights.safetensors"))[1]
    assert record["steps_done"] == 5
    assert record["schedule"]["steps"] == 12


@pytest.mark.parametrize("name", ["tv-gray", "nllaplacian-gray"])
def test_a_pixel_game_learns(name, pictures, tmp_path):
    numbers = (
        "depth=3",
        "batch=2",
        "crop=24",
        "steps=40",
        "check_every=40",
        "lr=0.03",
        "average=0.8",
    )
    recipe = bind(name, numbers)
    weights = train(name, recipe, pictures, tmp_path)
    trained, _ = read_weights(str(weights))
    assert loss(trained, (25.0, 25.0)) < 0.95 * loss(recipe.model(), (25.0, 25.0))


def test_an_analysis_operator_learns_through_averaged_patches(pictures, tmp_path):
    numbers = ("patch=5", "batch=2", "crop=16", "steps=12", "check_every=6", "lr=0.01")
    recipe = bind("blorc-gray", numbers)
    weights = train("blorc-gray", recipe, pictures, tmp_path)
    trained, _ = read_weights(str(weights))
    assert loss(trained, (25.0, 25.0)) < 0.95 * loss(recipe.model(), (25.0, 25.0))
