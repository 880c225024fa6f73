"""Models of single noise levels as one of every level."""

import pytest
import torch

from sparsight.bank import Bank
from sparsight.explain import convergence
from sparsight.models import AnyLevel, Denoiser
from sparsight.recipes import bind
from sparsight.training.starting import take_what_fits

LEVELS = (5, 15, 50)
NUMBERS = ("atoms=16", "depth=4", "refresh=2", "window=12", "patch=5")


def single(level: int, seed: int, *more: str):
    """A model of one level whose numbers are its own."""
    numbers = [*NUMBERS, f"sigma_low={level}", f"sigma_high={level}", "levels=1", *more]
    model = bind("groupsc-gray", numbers).model().eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(1 + 0.2 * torch.rand(parameter.shape, generator=generator))
    return model


@pytest.fixture(scope="module")
def models():
    return [single(level, seed) for seed, level in enumerate(LEVELS)]


@pytest.fixture(scope="module")
def every(models):
    return AnyLevel(models, [level / 255 for level in LEVELS]).eval()


@pytest.fixture(scope="module")
def noisy():
    return torch.rand((3, 1, 20, 24), generator=torch.Generator().manual_seed(3))


def test_at_its_level_each_model_is_itself(every, models, noisy):
    with torch.no_grad():
        for level, model in zip(LEVELS, models, strict=True):
            sigma = torch.full((3,), level / 255)
            torch.testing.assert_close(every(noisy, sigma), model(noisy), atol=1e-5, rtol=1e-5)


def test_between_two_levels_matrices_are_means(every, models):
    between = every.at(10 / 255).fidelity.dictionary
    mean = (models[0].fidelity.dictionary + models[1].fidelity.dictionary) / 2
    torch.testing.assert_close(between, mean)


@pytest.mark.parametrize("level", [2, 8, 15, 40, 120])
def test_banks_go_on_as_a_bank_of_all_levels(every, models, level):
    """Thresholds and kappa are what one bank with every level gives."""
    parts = dict(every.at(level / 255).named_modules())
    sigma = torch.tensor([level / 255])
    for name, part in models[0].named_modules():
        if isinstance(part, Bank):
            one = [dict(m.named_modules())[name].values / (25 / n) ** -part.homogeneity
                   for n, m in zip(LEVELS, models, strict=True)]  # fmt: skip
            bank = Bank([n / 255 for n in LEVELS], torch.cat(one).detach(), part.homogeneity)
            torch.testing.assert_close(parts[name](None), bank(sigma))
            assert parts[name].levels.item() == pytest.approx(level / 255)


def test_each_image_of_a_batch_has_its_own_level(every, noisy):
    sigma = torch.tensor([7.0, 30.0, 30.0]) / 255
    with torch.no_grad():
        together = every(noisy, sigma)
        alone = [every(noisy[i : i + 1], sigma[i : i + 1]) for i in range(3)]
    torch.testing.assert_close(together, torch.cat(alone))


def test_gaps_go_to_each_image(every, noisy):
    mask = (noisy > 0.1).float()
    sigma = torch.tensor([7.0, 30.0, 40.0]) / 255
    with torch.no_grad():
        together = every(noisy, sigma, mask)
        alone = [every(noisy[i : i + 1], sigma[i : i + 1], mask[i : i + 1]) for i in range(3)]
    torch.testing.assert_close(together, torch.cat(alone))


def test_what_is_set_of_the_whole_holds_at_every_level(models):
    every = AnyLevel(models, [level / 255 for level in LEVELS])
    before = every.neighbours.lattice
    every.neighbours.lattice = before.at(5)
    assert every.at(20 / 255).neighbours.lattice.thin == 5
    every.neighbours.lattice = before


def test_what_a_patch_counts_follows_the_trainings():
    """One was trained among one candidate in nine, one among one in three."""
    every = AnyLevel([single(5, 0, "thin=9"), single(15, 1, "thin=3")], [5 / 255, 15 / 255])
    every.neighbours.lattice = every.neighbours.lattice.at(9)
    owns = [every.at(level / 255).neighbours.lattice.own for level in (2, 5, 10, 15, 40)]
    assert owns == pytest.approx([9, 9, 6, 3, 3])


@pytest.mark.parametrize("level", [0, 5])
def test_a_training_begins_from_any_level(every, level):
    """Without noise too, as trainings on mosaics do."""
    ours = bind("groupsc-gray", [*NUMBERS, "sigma_low=5", "sigma_high=5", "levels=1"]).model()
    assert take_what_fits(ours, every.at(level / 255))
    assert all(numbers.isfinite().all() for numbers in ours.parameters())


def test_kappa_at_a_start_is_that_of_the_model_of_the_level():
    models = [single(5, 0, "thin=9"), single(15, 1, "thin=3")]
    every = AnyLevel(models, [5 / 255, 15 / 255])
    found = []
    for other in (models[0], every.at(5 / 255)):
        ours = bind("groupsc-gray", [*NUMBERS, "sigma_low=5", "sigma_high=5", "thin=3"]).model()
        take_what_fits(ours, other)
        found.append(ours.neighbours.kappa.values)
    torch.testing.assert_close(*found)


def test_the_model_of_a_level_is_not_one_to_train(every, noisy):
    with pytest.raises(RuntimeError, match="does not require grad"):
        every(noisy, torch.full((3,), 0.1)).sum().backward()


def test_blocks_in_any_precision(every):
    y = torch.rand((1, 1, 40, 30), generator=torch.Generator().manual_seed(2))
    exact = Denoiser(every, 20)(y, 0.07)
    double = Denoiser(every, 20).double()
    assert (double(y.double(), 0.07) - exact).abs().max() < 1e-4
    every.float()


def test_what_cannot_be_one_is_refused(every, models, noisy):
    with pytest.raises(ValueError, match="models are 1, levels 1; give two or more"):
        AnyLevel(models[:1], [0.1])
    with pytest.raises(ValueError, match="they must increase"):
        AnyLevel(models[:2], [0.2, 0.1])
    with pytest.raises(ValueError, match="give models of one recipe"):
        AnyLevel([models[0], single(25, 3, "atoms=8")], [0.1, 0.2])
    with pytest.raises(ValueError, match="sigma is missing"):
        every(noisy)
    with pytest.raises(ValueError, match="sigma is missing"):
        every.at(None)
    with pytest.raises(ValueError, match="steps are those of one noise level"):
        convergence(every, noisy, torch.full((3,), 0.1))
