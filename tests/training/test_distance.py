"""Training of a squared distance: its slope comes near the noise."""

import json

import pytest
import torch
from safetensors.torch import load_file
from tests.training.makers import piecewise

from sparsight.data import NoisyCrops
from sparsight.penalties import Layer, SquaredCritic
from sparsight.recipes import bind
from sparsight.training.adversary import Folders, train_critic
from sparsight.training.distance import miss
from sparsight.zoo import load_critic

NAME = "alr-squared-gray"
SMALL = ("depth=3", "width=8", "features=16", "batch=8", "steps=20")


def patches(seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(4, 1, 3, 3, generator=generator, dtype=torch.float64)


def test_miss_of_a_linear_feature():
    """r = 1/2 <w, z>^2 has the slope <w, z> w."""
    critic = SquaredCritic(1, [Layer(1)]).double()
    w, bias = critic.network.convolutions[0].parameters()
    bias.data.zero_()
    clean, noisy = patches(0), patches(1)
    slope = (w * noisy).sum((1, 2, 3), keepdim=True) * w
    expected = (slope - noisy + clean).square().mean((1, 2, 3))
    torch.testing.assert_close(miss(critic, clean, noisy), expected)


def test_every_parameter_is_reached():
    """The gradient of the miss, by biases too, is that of finite differences."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        critic = SquaredCritic(1, [Layer(4), Layer(2, 1)]).double()
    data = patches(0), patches(1)
    parameters = list(critic.parameters())
    gradients = torch.autograd.grad(miss(critic, *data).mean(), parameters)
    for values, gradient in zip(parameters, gradients, strict=True):
        for entry in range(0, values.numel(), 5):
            costs = []
            for shift in (1e-6, -2e-6):
                values.data.view(-1)[entry] += shift
                costs.append(miss(critic, *data).mean().item())
            values.data.view(-1)[entry] += 1e-6
            slope = (costs[0] - costs[1]) / 2e-6
            assert slope == pytest.approx(gradient.reshape(-1)[entry].item(), abs=1e-6)


def test_a_trained_slope_tells_noise(pictures, tmp_path):
    numbers = (*SMALL[:-1], "steps=400", "lr=0.01", "sigma_low=20", "sigma_high=51")
    weights = train_critic(NAME, bind(NAME, numbers), Folders(pictures), tmp_path)
    critic, record = load_critic(str(weights))
    assert record["steps_done"] == 400
    clean, noisy, _ = NoisyCrops(piecewise(), critic.field, 500, (51.0, 51.0), 9).draw(0)
    assert miss(critic, clean, noisy).mean() < 0.7 * 0.2**2, "0.2 squared is that of slope 0"
    between = critic(torch.lerp(clean, noisy, 0.5)).mean()
    assert critic(clean).mean() < between < critic(noisy).mean()


def test_a_stopped_run_goes_on_as_if_it_had_not(pictures, tmp_path, monkeypatch):
    recipe, draw = bind(NAME, SMALL), NoisyCrops.draw
    whole = load_file(train_critic(NAME, recipe, Folders(pictures), tmp_path / "whole", every=8))

    def draw_until_10(self, step):
        if step == 10:
            raise KeyboardInterrupt
        return draw(self, step)

    monkeypatch.setattr(NoisyCrops, "draw", draw_until_10)
    with pytest.raises((KeyboardInterrupt, SystemExit)):
        train_critic(NAME, recipe, Folders(pictures), tmp_path / "parts", every=8)
    assert json.loads((tmp_path / "parts" / "run.json").read_text())["steps_done"] == 10
    monkeypatch.setattr(NoisyCrops, "draw", draw)
    parts = load_file(
        train_critic(NAME, recipe, Folders(pictures), tmp_path / "parts", resume=True, every=8)
    )
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


def test_it_needs_to_know_the_noise(pictures, tmp_path):
    with pytest.raises(ValueError, match="leave out --degraded"):
        train_critic(NAME, bind(NAME, SMALL), Folders(pictures, pictures), tmp_path / "run")
    with pytest.raises(ValueError, match="sigma_low is 0"):
        bind(NAME, ("sigma_low=0",))
