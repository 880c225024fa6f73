"""Strengths by noise level, and images of all sizes treated alike."""

import pytest
import torch

from sparsight.models import LocalRegularizer, Strengths, strengths_of
from sparsight.operators import Identity
from sparsight.penalties import GrownCritic, Growth, Layer, PatchCritic
from sparsight.training.strengths import best_strength, fit_strengths


@pytest.fixture
def critic() -> PatchCritic:
    """Sums up |differences| to the right and below: total variation, as a critic."""
    critic = PatchCritic(1, [Layer(4), Layer(1, 1)])
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.zero_()
        edges = critic.convolutions[0].weight
        edges[:, 0, 1, 1] = torch.tensor([1.0, -1, 1, -1])
        edges[:2, 0, 1, 2] = torch.tensor([-1.0, 1])
        edges[2:, 0, 2, 1] = torch.tensor([-1.0, 1])
        critic.convolutions[1].weight.fill_(1)
    return critic.requires_grad_(False)


TABLE = Strengths((0.1, 0.2, 0.4), (3.0, 6.0, 6.0))


def test_strengths_follow_a_power_law():
    assert [TABLE.at(s) for s in TABLE.levels] == pytest.approx(TABLE.values)
    assert TABLE.at(0.1 * 2**0.5) == pytest.approx(3 * 2**0.5)
    assert TABLE.at(0.05) == pytest.approx(1.5)
    assert TABLE.at(0.8) == pytest.approx(6)


def test_strengths_survive_the_record():
    record = {"strengths": TABLE.record()}
    assert strengths_of(record) == Strengths([*TABLE.levels], [*TABLE.values])
    assert strengths_of({}) is None


@pytest.mark.parametrize(
    ("levels", "values"), [((0.1,), (1.0,)), ((0.2, 0.1), (1.0, 1.0)), ((0.1, 0.2), (1.0, 0.0))]
)
def test_tables_that_are_none(levels, values):
    with pytest.raises(ValueError, match="give one strength for each of two or more"):
        Strengths(levels, values)


def test_size_is_no_matter(critic):
    """Four copies of an image side by side are restored like one of them."""
    tile = torch.rand(1, 1, 12, 12, generator=torch.Generator().manual_seed(0))
    tile = torch.cat([tile, tile.flip(3)], 3)
    tile = torch.cat([tile, tile.flip(2)], 2)  # symmetric: the mirrored margin goes on alike
    regularizer = LocalRegularizer(critic)
    one = regularizer.problem(Identity(), (24, 24), 0.1, 0.05)
    four = regularizer.problem(Identity(), (48, 48), 0.1, 0.05)
    slope = one.penalty.gradient(tile) * one.strength
    slopes = four.penalty.gradient(tile.repeat(1, 1, 2, 2)) * four.strength
    assert slopes[..., 4:20, 4:20] == pytest.approx(slope[..., 4:20, 4:20], abs=1e-4)


def test_levels_may_differ_from_image_to_image(critic):
    y = torch.rand(2, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    regularizer = LocalRegularizer(critic, TABLE)
    both = regularizer.denoise(y, torch.tensor([0.1, 0.3]))
    for i, sigma in enumerate((0.1, 0.3)):
        alone = regularizer.denoise(y[i : i + 1], sigma)
        torch.testing.assert_close(both[i : i + 1], alone)


def test_a_strength_is_needed(critic):
    with pytest.raises(ValueError, match="strength is None, and there is no table"):
        LocalRegularizer(critic).denoise(torch.zeros(1, 1, 9, 9), 0.1)


@pytest.mark.parametrize(
    ("y", "sigma", "message"),
    [
        (torch.zeros(1, 1, 9, 9), 0.0, "sigma is 0.0; the noise level must be above 0"),
        (torch.zeros(1, 1, 9, 9), -0.1, "sigma is -0.1; give one number"),
        (torch.zeros(1, 1, 9, 9), 25.0, "8-bit noise levels divided by 255"),
        (torch.zeros(2, 1, 9, 9), torch.rand(3), "give one number, or one per image"),
        (torch.full((1, 1, 9, 9), torch.nan), 0.1, "y holds NaN or infinite numbers"),
        (torch.zeros(1, 9, 9), 0.1, r"y has the shape \(1, 9, 9\)"),
        (torch.zeros(1, 1, 9, 9).byte(), 0.1, "y is torch.uint8"),
    ],
)
def test_refusals(critic, y, sigma, message):
    with pytest.raises(ValueError, match=message):
        LocalRegularizer(critic, TABLE).denoise(y, sigma)


def test_inference_mode_is_no_matter(critic):
    y = torch.rand(1, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    regularizer = LocalRegularizer(critic, TABLE)
    with torch.inference_mode():
        inside = regularizer.denoise(y.clone(), 0.1)
    assert torch.equal(inside, regularizer.denoise(y, 0.1))


def test_images_of_any_precision_are_computed_in_the_critics(critic):
    y = torch.rand(1, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    growth = GrownCritic(critic, Growth(1.0, -1.0))
    for regularizer in (LocalRegularizer(critic, TABLE), LocalRegularizer(growth, TABLE)):
        x = regularizer.denoise(y.double(), 0.1)
        assert torch.equal(x, regularizer.denoise(y, 0.1).double())


@pytest.mark.parametrize("first", [0.01, 3.0, 500.0])
def test_climb_ends_at_the_top(first):
    found = best_strength(lambda s: -((torch.tensor(s).log() - 1.0) ** 2).item(), first)
    assert found == pytest.approx(2.718, rel=1e-3)


def test_fitted_strengths_grow_with_the_noise(critic):
    """What is best for total variation is proportional to 1 / sigma over 1 / sigma^2."""
    steps = torch.kron(
        torch.rand(2, 1, 4, 4, generator=torch.Generator().manual_seed(0)), torch.ones(8, 8)
    )
    regularizer = LocalRegularizer(critic)
    table = fit_strengths(regularizer, steps, (0.05, 0.2), first=5.0)
    shrinks = [sigma**2 * value for sigma, value in zip(table.levels, table.values, strict=True)]
    assert 2 < shrinks[1] / shrinks[0] < 8
