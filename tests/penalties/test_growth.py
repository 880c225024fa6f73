"""Laws of a critic's growth with the distance."""

import pytest
import torch

from sparsight.models import LocalRegularizer
from sparsight.penalties import CriticPenalty, GrownCritic, Growth, Layer, PatchCritic

POWERS = (0.25, 0.5, 2.0)


@pytest.fixture
def critic() -> PatchCritic:
    torch.manual_seed(0)
    return PatchCritic(1, [Layer(6), Layer(1)]).double().requires_grad_(False)


@pytest.fixture
def x() -> torch.Tensor:
    return torch.rand(2, 1, 12, 12, generator=torch.Generator().manual_seed(1)).double()


@pytest.mark.parametrize("power", POWERS)
def test_slope_of_a_power(critic, x, power):
    """By finite differences along a direction."""
    penalty = CriticPenalty(GrownCritic(critic, Growth.above(critic(x), power)))
    direction, step = torch.randn_like(x), 1e-6
    rise = (penalty.value(x + step * direction) - penalty.value(x - step * direction)) / (2 * step)
    slope = (penalty.gradient(x) * direction).sum((1, 2, 3))
    torch.testing.assert_close(slope, rise, rtol=1e-6, atol=1e-9)


def test_the_first_power_is_the_critic(critic, x):
    """Up to a constant, so the slopes are alike."""
    grown = CriticPenalty(GrownCritic(critic, Growth.above(critic(x), 1.0)))
    torch.testing.assert_close(grown.gradient(x), CriticPenalty(critic).gradient(x))


@pytest.mark.parametrize("power", POWERS)
def test_far_patches_are_pulled_by_the_power(power):
    """Four times as far: 4^(power - 1) the pull."""
    brightness = PatchCritic(1, [Layer(1, 1)])
    brightness.load_state_dict(
        {"convolutions.0.weight": torch.ones(1, 1, 1, 1), "convolutions.0.bias": torch.zeros(1)}
    )
    penalty = CriticPenalty(GrownCritic(brightness, Growth(power, 0.0)))
    near, far = penalty.gradient(torch.tensor([[[[0.2, 0.8]]]])).flatten().tolist()
    assert far / near == pytest.approx(4 ** (power - 1))


def test_zero_lies_below_all_clean_scores():
    assert Growth.above(torch.tensor([1.0, 3.0, 5.0]), 0.5) == Growth(0.5, -1.0)


def test_growth_survives_the_record(critic):
    growth = Growth(0.5, 0.63)
    grown = LocalRegularizer.of_record(critic, {"growth": growth.record()})
    assert isinstance(grown.critic, GrownCritic)
    assert grown.critic.growth == growth
    assert LocalRegularizer.of_record(critic, {"growth": None}).critic is critic
    assert LocalRegularizer.of_record(critic, {}).critic is critic


def test_a_power_that_rewards_distance():
    with pytest.raises(ValueError, match="power is 0; it must be above 0"):
        Growth(0.0, 1.0)
