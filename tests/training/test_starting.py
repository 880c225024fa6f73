"""What a training takes from the weights it starts from."""

from pathlib import Path

import pytest
import torch
from tests.training.makers import piecewise, tiny

from sparsight import zoo
from sparsight.bank import Bank
from sparsight.data import image_paths, read_image
from sparsight.metrics import psnr
from sparsight.penalties import L1Penalty
from sparsight.protocols import State
from sparsight.recipes import bind
from sparsight.training.initial import initialise, thresholds_of
from sparsight.training.starting import take_what_fits

SMALL = ("depth=4", "radius=2")
IMAGE = torch.rand(1, 1, 14, 17, generator=torch.Generator().manual_seed(0))


def shaken(name: str, *numbers: str) -> torch.nn.Module:
    model = bind(name, numbers).model()
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for values in model.parameters():
            values.mul_(1 + 0.2 * torch.rand(values.shape, generator=generator))
    return model


def quality(model: torch.nn.Module, folder: Path) -> float:
    """PSNR on a square of a photograph with noise of 25."""
    clean = read_image(image_paths(folder)[0], 1).float()[None, :, 40:104, 40:104] / 255
    noise = torch.randn(clean.shape, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        restored = model(clean + 25 / 255 * noise, torch.tensor([25 / 255]))
    return psnr(restored[0], clean[0])


@pytest.mark.parametrize("name", ["nltv-gray", "nllaplacian-gray"])
@pytest.mark.parametrize("kappas", ["1", "2"])
def test_extra_gradient_begins_where_gradient_ended(name, kappas):
    other = shaken(name, *SMALL, "moves=1", "kappas=1")
    model = bind(name, [*SMALL, "moves=2", f"kappas={kappas}"]).model()
    take_what_fits(model, other)
    torch.testing.assert_close(model(IMAGE), other(IMAGE))
    model(IMAGE).square().sum().backward()
    assert model.stepsize.sizes.values.grad.count_nonzero() == 8


def test_another_noise_level_is_another_unit_of_brightness():
    """Total variation: three times the noise and three times the contrast."""
    other = shaken("nltv-gray", *SMALL, "moves=1")
    level = ("sigma_low=75", "sigma_high=75")
    model = bind("nltv-gray", [*SMALL, "moves=1", *level]).model()
    take_what_fits(model, other)
    torch.testing.assert_close(model(3 * IMAGE), 3 * other(IMAGE))


def test_one_level_becomes_many():
    other = shaken("nltv-gray", *SMALL, "moves=1")
    levels = ("sigma_low=5", "sigma_high=45", "levels=3")
    model = bind("nltv-gray", [*SMALL, "moves=1", *levels]).model()
    take_what_fits(model, other)
    torch.testing.assert_close(model(IMAGE, torch.tensor([25 / 255])), other(IMAGE))


@pytest.mark.parametrize("sigma", [5.0, 20.0])
def test_many_levels_become_one(sigma):
    levels = ("sigma_low=5", "sigma_high=45", "levels=3")
    other = shaken("nltv-gray", *SMALL, "moves=1", *levels)
    numbers = (*SMALL, "moves=1", f"sigma_low={sigma}", f"sigma_high={sigma}")
    model = bind("nltv-gray", numbers).model()
    take_what_fits(model, other)
    torch.testing.assert_close(model(IMAGE), other(IMAGE, torch.tensor([sigma / 255])))


def test_a_patch_game_begins_where_sparse_codes_ended():
    """Without agreement the two are one model, though thresholds lie deeper in the game."""
    small = ("atoms=8", "patch=3", "depth=3")
    other = shaken("sc-gray", *small)
    model = bind("sc-variance-gray", [*small, "variance=1e-30"]).model()
    take_what_fits(model, other)
    torch.testing.assert_close(model(IMAGE), other(IMAGE))


def test_thresholds_fall_as_the_noise_where_data_begin_to_agree():
    small = ("atoms=16", "patch=4", "depth=5", "refresh=2", "window=8")
    other = shaken("groupsc-gray", *small)
    model = bind("groupsc-gray", [*small, "agree=2", "agreed=0.1"]).model()
    take_what_fits(model, other)
    theirs, ours = (m.prior.thresholds.values for m in (other, model))
    left = torch.tensor([1, 0.9, 0.9, 0.81, 0.81])  # renewals before steps 1 and 3
    torch.testing.assert_close(ours, left[:, None] * theirs)
    again = bind("groupsc-gray", [*small, "agree=2"]).model()
    take_what_fits(again, model)
    torch.testing.assert_close(again.prior.thresholds.values, ours)
    torch.testing.assert_close(again.renewal.share.values, model.renewal.share.values)


@pytest.mark.parametrize("depth", [8, 6, 2])
def test_another_depth_goes_the_same_way_in_other_steps(depth):
    """Each threshold where it was on the way; twice as many steps are half as long."""
    other = shaken("sc-gray", "atoms=16", "patch=4", "depth=4")
    model = bind("sc-gray", ["atoms=16", "patch=4", f"depth={depth}"]).model()
    take_what_fits(model, other)
    theirs, ours = (m.prior.thresholds.values for m in (other, model))
    places, length = [step * 4 // depth for step in range(depth)], 4 / depth
    torch.testing.assert_close(ours, length * theirs[:, places])
    matrix, their_matrix = (m.fidelity.preconditioner for m in (model, other))
    torch.testing.assert_close(matrix, length * their_matrix)
    torch.testing.assert_close(model.fidelity.dictionary, other.fidelity.dictionary)


def test_twice_as_many_steps_lead_to_the_same_image(shared_data):
    """A trained model, to within what rounding a way into steps makes of it."""
    other = zoo.read_weights("sc-gray")[0]
    model = bind("sc-gray", ["depth=24", "levels=6", "sigma_low=5", "sigma_high=55"]).model()
    take_what_fits(model, other)
    ours, theirs = (quality(m, shared_data / "BSD400") for m in (model, other))
    assert ours == pytest.approx(theirs, abs=0.1)


def test_kappa_grows_where_similar_patches_are_sought_among_more():
    numbers = ["atoms=16", "patch=4", "depth=4", "refresh=2", "window=16"]
    other = shaken("groupsc-gray", *numbers, "thin=9")
    kappa = {}
    for thin in (1, 3, 9, 27):
        model = bind("groupsc-gray", [*numbers, f"thin={thin}"]).model()
        take_what_fits(model, other)
        kappa[thin] = model.neighbours.kappa.values / other.neighbours.kappa.values
        torch.testing.assert_close(kappa[thin], torch.full_like(kappa[thin], (9 / thin) ** 0.2))
        torch.testing.assert_close(model.fidelity.dictionary, other.fidelity.dictionary)
    assert kappa[1].mean() > kappa[3].mean() > 1 > kappa[27].mean()


def test_a_scan_begins_with_the_atoms_of_photographs():
    other = shaken("sc-gray", "atoms=16", "patch=4", "depth=4")
    model = bind("mri-sc", ["atoms=16", "patch=4", "depth=4"]).model()
    take_what_fits(model, other)
    for name in ("dictionary", "preconditioner", "synthesis"):
        ours, theirs = (getattr(f, name) for f in (model.fidelity.codes, other.fidelity))
        torch.testing.assert_close(ours, theirs)


def test_atoms_of_larger_patches_are_cropped():
    other = shaken("sc-color", "atoms=16", "patch=4", "depth=2")
    model = bind("sc-color", ["atoms=16", "patch=3", "depth=2"]).model()
    take_what_fits(model, other)
    ours, theirs = (m.fidelity.dictionary.unflatten(0, (3, -1)) for m in (model, other))
    whole, corner = theirs.unflatten(1, (4, 4)), ours.unflatten(1, (3, 3))
    torch.testing.assert_close(corner, whole[:, :3, :3])


def test_a_game_of_shared_codes_begins_near_the_model_it_starts_from(shared_data):
    """Its gradient steps come within 1.5 dB of GroupSC's proximal ones before any training."""
    numbers = ["depth=12", "refresh=4", "thin=9", "window=32"]
    other = zoo.read_weights("groupsc-gray")[0]
    model = bind("group-gray", numbers).model()
    take_what_fits(model, other)
    ours, theirs = (quality(m, shared_data / "BSD400") for m in (model, other))
    assert ours > theirs - 1.5


class Rounded(torch.nn.Module):
    """A prior of one's own, as docs/add_a_penalty.md has it."""

    def __init__(self, thresholds: Bank):
        super().__init__()
        self.thresholds = thresholds

    def forward(self, state: State) -> L1Penalty:
        return L1Penalty(state.at_noise(self.thresholds)[:, state.k])


def test_a_prior_of_ones_own_begins_with_thresholds_of_the_noise(tmp_path):
    recipe = tiny()
    model, usual = recipe.model(), recipe.model()
    model.prior = Rounded(Bank([25 / 255], torch.zeros(1, 2, 16), homogeneity=1.0))
    for each in (model, usual):
        initialise(each, piecewise(), None, recipe.schedule)
    torch.testing.assert_close(model.prior.thresholds.values, usual.prior.thresholds.values)
    with pytest.raises(ValueError, match="Linear has no bank called `thresholds` to begin with"):
        thresholds_of(torch.nn.Linear(2, 2))
