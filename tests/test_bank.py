"""Values at noise levels, between them and beyond."""

import pytest
import torch

from sparsight.bank import FAINTEST, REFERENCE, Bank

LEVELS = [5 / 255, 15 / 255, 25 / 255, 50 / 255]
VALUES = torch.tensor([[1.0, 10.0], [2.0, 0.0], [4.0, 1.0], [0.0, 8.0]])


def sigma(*levels: float) -> torch.Tensor:
    """8-bit units to [0, 1] units."""
    return torch.tensor(levels) / 255


def test_at_a_level_its_values():
    torch.testing.assert_close(Bank(LEVELS, VALUES)(sigma(5, 15, 25, 50)), VALUES)


def test_between_levels_a_straight_line():
    expected = torch.tensor([[1.5, 5.0], [1.2, 8.0], [1.0, 6.25]])
    expected[2] = 0.25 * VALUES[2] + 0.75 * VALUES[3]
    torch.testing.assert_close(Bank(LEVELS, VALUES)(sigma(10, 7, 43.75)), expected)


def test_beyond_the_levels_the_nearest():
    expected = VALUES[[0, 3, 0]]
    torch.testing.assert_close(Bank(LEVELS, VALUES)(sigma(1, 200, 0)), expected)


@pytest.mark.parametrize("power", [1.0, -1.0, 0.5])
def test_scaling_goes_on_beyond_the_levels(power):
    bank = Bank(LEVELS, VALUES, power)
    for near, far in ((5, 1), (50, 200)):
        expected = bank(sigma(near)) * (far / near) ** power
        torch.testing.assert_close(bank(sigma(far)), expected)


def test_values_are_as_at_the_reference():
    bank = Bank(LEVELS, VALUES, 1.0)
    torch.testing.assert_close(bank(torch.tensor([REFERENCE])), VALUES[2:3])
    torch.testing.assert_close(bank(sigma(50)), 2 * VALUES[3:])


def test_no_noise_gives_finite_values():
    bank = Bank(LEVELS, VALUES, -1.0)
    torch.testing.assert_close(bank(sigma(0)), VALUES[:1] * REFERENCE / FAINTEST)


def test_one_level_ignores_sigma():
    bank = Bank([REFERENCE], VALUES[:1], 1.0)
    for noise in (None, sigma(5), sigma(5, 50)):
        assert bank(noise) is bank.values


def test_values_of_any_shape():
    values = torch.arange(24.0).reshape(2, 3, 4)
    between = Bank([0.1, 0.2], values)(torch.tensor([0.1, 0.15]))
    assert between.shape == (2, 3, 4)
    torch.testing.assert_close(between[1], values.mean(0))


def test_only_the_two_nearest_levels_learn():
    bank = Bank(LEVELS, VALUES.clone(), 1.0)
    bank(sigma(20)).sum().backward()
    assert bank.values.grad.abs().sum(1).bool().tolist() == [False, True, True, False]


def test_levels_are_not_in_the_weights():
    assert list(Bank(LEVELS, VALUES).state_dict()) == ["values"]


def test_sigma_is_missing():
    with pytest.raises(ValueError, match="sigma is missing; this model was trained for several"):
        Bank(LEVELS, VALUES)(None)


def test_levels_without_values():
    with pytest.raises(ValueError, match="levels are 4, values 2; give one per level"):
        Bank(LEVELS, VALUES[:2])


@pytest.mark.parametrize("levels", [[0.2, 0.1], [0.1, 0.1]])
def test_levels_that_do_not_increase(levels):
    with pytest.raises(ValueError, match=r"levels are \[0\.\d, 0\.1\]; they must increase"):
        Bank(levels, VALUES[:2])
