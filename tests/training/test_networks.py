"""Networks go through the same training as unrolled models."""

import copy

import pytest
import torch
from tests.training.makers import write_pictures

from sparsight.data import image_paths, read_image
from sparsight.networks import arrange, settle
from sparsight.recipes import bind
from sparsight.training.loss import training_loss
from sparsight.training.run import degraded, precision_for, read_images, train
from sparsight.zoo import load_denoiser, read_weights

SMALL = ("blocks=1", "features=8", "groups_k=2", "cardinality=4", "patch=4")
RUN = ("crop=16", "batch=2", "steps=60", "check_every=20", "lr=0.003", "lr_first=60")


# Much is to be undone at such a quality, so that few steps show.
STRONG = ("quality_low=2", "quality_high=4", "steps=300", "lr_first=300", "batch=4")


@pytest.mark.parametrize(
    ("name", "numbers"),
    [("nsr-upscale-x2", ()), ("nsr-denoise-gray", ()), ("nsr-deblock", STRONG)],
)
def test_training_reduces_the_loss(name, numbers, tmp_path):
    recipe, folder = bind(name, (*SMALL, *RUN, *numbers)), write_pictures(tmp_path / "pictures")
    weights = train(name, recipe, folder, tmp_path / "run")
    trained, record = read_weights(str(weights))
    images = read_images(folder, trained.channels, recipe.schedule)
    source = degraded(trained, images, folder, recipe)
    draws = zip(*(source.draw(10_000 + k) for k in range(8)), strict=True)
    clean, y, level = (torch.cat(parts) for parts in draws)
    torch.manual_seed(0)
    fresh = recipe.model()
    with torch.no_grad():
        before, after = (
            training_loss(model, model(y, level), clean, level**0).item()
            for model in (fresh, trained)
        )
    assert record["steps_done"] == recipe.schedule.steps
    assert after < 0.95 * before


def test_images_of_any_size_are_looked_at_for_any_scale(tmp_path):
    write_pictures(tmp_path / "pictures", 130)
    recipe = bind("nsr-upscale-x3", (*SMALL, *RUN, "crop=18", "steps=2", "check_every=1"))
    train("nsr-upscale-x3", recipe, tmp_path / "pictures", tmp_path / "run")


def test_the_rates_fall_first_later_than_then(tmp_path):
    numbers = (*SMALL, *RUN, "steps=9", "lr=1", "lr_factor=0.5", "lr_first=4", "lr_every=2")
    from sparsight.training.supervised import Supervised

    recipe = bind("nsr-upscale-x2", numbers)
    images = [read_image(p, 3) for p in image_paths(write_pictures(tmp_path / "pictures"))]
    model = recipe.model()
    module = Supervised(model, recipe.schedule, degraded(model, images, tmp_path, recipe))
    (optimiser,), (stairs,) = module.configure_optimizers()
    rates = []
    for _ in range(9):
        rates.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        stairs.step()
    assert rates == [1, 1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.125]


def test_refusals(tmp_path):
    folder = write_pictures(tmp_path / "pictures")
    recipe = bind("nsr-upscale-x2", (*SMALL, *RUN, "matrix_lr=0.1"))
    with pytest.raises(ValueError, match="matrix_lr is for the matrices D, C and W"):
        train("nsr-upscale-x2", recipe, folder, tmp_path / "run")
    with pytest.raises(ValueError, match="matrix_lr is for the matrices D, C and W"):
        train("tv-gray", bind("tv-gray", ["matrix_lr=0.1"]), folder, tmp_path / "run")
    with pytest.raises(ValueError, match="nothing of sc-gray fits this recipe"):
        train("tv-gray", bind("tv-gray", ["crop=20"]), folder, tmp_path / "tv", start="sc-gray")
    recipe = bind("nsr-deblock", (*SMALL, *RUN, "channels=3"))
    with pytest.raises(ValueError, match="JPEG is for models of luma, channels=1"):
        train("nsr-deblock", recipe, folder, tmp_path / "run")
    recipe = bind("nsr-upscale-x2", (*SMALL, *RUN, "steps=1"))
    weights = train("nsr-upscale-x2", recipe, folder, tmp_path / "run")
    with pytest.raises(ValueError, match="enlarges and does not denoise"):
        load_denoiser(str(weights))


@pytest.mark.parametrize(
    "numbers", [("quality_low=10",), ("quality_low=50", "quality_high=40"), ("quality_step=0",)]
)
def test_qualities_that_cannot_be(numbers):
    with pytest.raises(ValueError, match="quality_low"):
        bind("nsr-denoise-gray", numbers)


def test_a_range_or_a_list_of_qualities():
    numbers = ("quality_low=10", "quality_high=40")
    assert bind("sc-gray", numbers).schedule.qualities == range(10, 41)
    listed = bind("sc-gray", (*numbers, "quality_step=10")).schedule.qualities
    assert list(listed) == [10, 20, 30, 40]
    assert not bind("sc-gray").schedule.qualities


@pytest.mark.parametrize(
    ("products", "convolutions", "codes", "networks"),
    [
        (False, False, "32-true", "32-true"),
        (False, True, "32-true", "bf16-mixed"),
        (True, True, "bf16-mixed", "bf16-mixed"),
    ],
)
def test_what_trains_in_bfloat16_on_processors(
    monkeypatch, products, convolutions, codes, networks
):
    monkeypatch.setattr("sparsight.training.run.prefers_bfloat16", lambda: products)
    monkeypatch.setattr("sparsight.training.run.convolves_in_bfloat16", lambda: convolutions)
    assert precision_for(bind("sc-gray", ("atoms=16", "patch=5")).model()) == codes
    assert precision_for(bind("groupsc-gray", ("atoms=16", "patch=5")).model()) == codes
    assert precision_for(bind("nsr-denoise-gray", SMALL).model()) == networks


@pytest.mark.parametrize(
    ("recipe", "precision"),
    [
        ("sc-gray", "32-true"),
        ("csr-gray", "32-true"),
        ("groupsc-gray", "bf16-mixed"),
        ("groupsc-demosaick", "32-true"),
    ],
)
def test_groups_train_in_bfloat16_on_cuda_but_for_gaps(monkeypatch, recipe, precision):
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.is_bf16_supported", lambda: True)
    bound = bind(recipe, ("atoms=16", "patch=5"))
    assert precision_for(bound.model(), bound.gaps is not None) == precision


def test_ordinary_networks_are_laid_out_channels_last():
    for k, wanted in (("1", True), ("2", False)):
        model = bind("nsr-denoise-gray", (*SMALL, f"groups_k={k}")).model()
        y, level = torch.rand(1, 1, 8, 8), torch.ones(1)
        before = model(y, level)
        arrange(model)
        torch.testing.assert_close(model(y, level), before)
        seen = []
        model.tail.register_forward_pre_hook(lambda _, given, seen=seen: seen.append(given[0]))
        copy.deepcopy(model)(y, level)
        assert seen[0].is_contiguous(memory_format=torch.channels_last) == wanted


def test_a_settled_network_is_the_same_without_normalisation():
    model = bind("nsr-denoise-gray", SMALL).model()
    y, level = torch.rand(1, 1, 8, 8), torch.ones(1)
    before = model(y, level)
    assert any("parametrizations" in name for name, _ in model.named_parameters())
    settle(model)
    assert not any("parametrizations" in name for name, _ in model.named_parameters())
    torch.testing.assert_close(model(y, level), before)
