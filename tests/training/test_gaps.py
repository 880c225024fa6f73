"""Training on images with gaps: the source, the linear start, and weights that go on."""

import pytest
import torch
from PIL import Image
from tests.training.makers import piecewise, write_pictures

from sparsight.data import GappyCrops, Holes, NoisyCrops, any_mosaic
from sparsight.fidelities import PatchFidelity
from sparsight.ops import extract_patches
from sparsight.recipes import bind
from sparsight.recipes.jpeg import LIKE_NOISE
from sparsight.training.filling import fill_linearly, linear_filling
from sparsight.training.run import train
from sparsight.training.starting import take_what_fits
from sparsight.zoo import read_weights

SIDE = 5


def colours() -> list[torch.Tensor]:
    grey = piecewise()
    return [torch.cat([image, 255 - image // 2, image // 3]) for image in grey]


def fidelity() -> PatchFidelity:
    generator = torch.Generator().manual_seed(0)
    matrix = torch.randn(3 * SIDE**2, 96, generator=generator) / 10
    return PatchFidelity(matrix, matrix.clone(), matrix.clone(), SIDE)


def crops(gaps) -> GappyCrops:
    return GappyCrops(NoisyCrops(colours(), 16, 6, (0.0, 0.0)), gaps)


def test_a_mosaic_shows_one_channel_of_each_pixel_at_any_phase():
    clean, y, sigma = crops(any_mosaic).draw(3)
    seen = ~y.isnan()
    assert bool((seen.sum(1) == 1).all())
    torch.testing.assert_close(y[seen], clean[seen])
    phases = {tuple(mask[:, :2, :2].flatten().tolist()) for mask in seen}
    assert len(phases) > 1
    assert bool((sigma == 0).all())


def test_holes_are_of_all_channels_and_as_many_as_asked():
    _, y, _ = crops(Holes(0.3, 0.3)).draw(0)
    lost = y.isnan()
    assert torch.equal(lost[:, 0], lost[:, 2])
    assert 0.2 < lost.float().mean() < 0.4


def test_draws_are_a_function_of_the_step():
    source = crops(any_mosaic)
    one, two = source.draw(5)[1], source.draw(5)[1]
    assert torch.equal(one.isnan(), two.isnan())
    assert not torch.equal(one.isnan(), source.draw(6)[1].isnan())


def test_the_linear_filling_is_the_best_linear_one():
    codes, images = fidelity(), colours()
    filling = linear_filling(codes, images, any_mosaic, seed=4).float()
    generator = torch.Generator().manual_seed(4)
    errors = torch.zeros(2)
    shift = 0.01 * torch.randn(filling.shape, generator=torch.Generator().manual_seed(1))
    for image in images:
        clean = image[None, :, -48:, -48:].float() / 255
        seen = any_mosaic(clean.shape[1:], generator)[None]
        data = codes.observe(clean * seen, seen)
        whole = extract_patches(clean, SIDE) - data.mean
        for i, matrix in enumerate((filling, filling + shift)):
            errors[i] += (matrix @ data.centred - whole).square().sum()
    assert errors[0] < errors[1]


def test_one_step_from_the_start_fills_a_mosaic():
    model = bind("sc-demosaick", ["depth=1", "patch=5", "atoms=96"]).model()
    images = colours()
    clean, y, sigma = crops(any_mosaic).draw(0)
    before = (model(y, sigma) - clean).square().mean()
    fill_linearly(model.fidelity, images, any_mosaic)
    assert (model(y, sigma) - clean).square().mean() < before / 4


@pytest.mark.parametrize("recipe", ["sc-demosaick", "groupsc-demosaick", "csr-inpaint"])
def test_a_training_makes_a_model_better_and_goes_on(tmp_path, recipe):

    for number, image in enumerate(colours()):
        Image.fromarray(image.permute(1, 2, 0).numpy()).save(tmp_path / f"{number}.png")
    words = ["depth=3", "patch=5", "atoms=96", "steps=3", "batch=2", "crop=16", "lr=0.0001"]
    if recipe != "sc-demosaick":
        words += ["window=9", "thin=3", "refresh=1"]
    bound = bind(recipe, words)
    weights = train(recipe, bound, tmp_path, tmp_path / "a")
    model, record = read_weights(str(weights))
    assert record["steps_done"] == 3
    again = train(recipe, bound, tmp_path, tmp_path / "b", start=str(weights))
    moved = read_weights(str(again))[0].fidelity.preconditioner - model.fidelity.preconditioner
    # Adam moves an entry by no more than its rate a step; a new start would be far away.
    assert 0 < float(moved.detach().abs().max()) < 1e-3


def test_models_that_cannot_fill_mosaics(tmp_path):
    recipe = bind("sc-demosaick", ("atoms=16", "depth=2", "crop=16", "batch=1", "channels=1"))
    folder = write_pictures(tmp_path / "pictures")
    with pytest.raises(ValueError, match="channels is 1; mosaics are made of 3"):
        train("sc-demosaick", recipe, folder, tmp_path / "run")
    single = bind("sc-demosaick", ("atoms=16", "patch=1")).model().fidelity
    with pytest.raises(ValueError, match="patch is 1; gaps are filled from what is beside"):
        fill_linearly(single, [], any_mosaic)


def test_a_model_of_noise_lends_its_thresholds_to_qualities():
    noise = bind("sc-gray", ["depth=2", "atoms=32", "sigma_low=5", "sigma_high=55", "levels=2"])
    theirs, ours = noise.model(), bind("sc-jpeg", ["depth=2", "atoms=32"]).model()
    take_what_fits(ours, theirs)
    wanted = theirs.prior.thresholds(torch.tensor([LIKE_NOISE]))
    torch.testing.assert_close(ours.prior.thresholds(torch.tensor([0.1])), wanted)
    torch.testing.assert_close(ours.fidelity.dictionary, theirs.fidelity.dictionary)
