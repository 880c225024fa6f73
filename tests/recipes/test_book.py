"""Recipes: what they build, and what they refuse."""

import pytest
import torch

from sparsight.recipes import RECIPES, bind
from sparsight.recipes.book import from_record

SMALL = ("atoms=12", "depth=4", "patch=5")
TINY = (*SMALL, "blocks=2")


CRITICS = [name for name in RECIPES if name.startswith("alr")]


@pytest.mark.parametrize("name", CRITICS)
def test_every_critic_scores_patches(name):
    critic = bind(name).model()
    y = torch.rand(2, critic.channels, 16, 14, generator=torch.Generator().manual_seed(0))
    assert critic(y).shape == (2, 4, 2)


@pytest.mark.parametrize("name", [name for name in RECIPES if not name.startswith(("alr", "mri-"))])
def test_every_recipe_restores(name):
    small = [pair for pair in TINY if pair.partition("=")[0] in RECIPES[name].arguments()]
    model = bind(name, small).model()
    y = torch.rand(2, model.channels, 16, 14, generator=torch.Generator().manual_seed(0))
    scale = RECIPES[name].arguments().get("scale", 1)
    assert model(y, torch.full((2,), 0.1)).shape == (2, y.shape[1], scale * 16, scale * 14)


@pytest.mark.parametrize(
    ("name", "pixels", "more"),
    [("sc-gray", 81, 0), ("csr-gray", 81, 256 + 81 + 1), ("groupsc-gray", 81, 81 + 1)]
    + [("sc-color", 147, 0), ("groupsc-color", 147, 147 + 1)],
)
def test_parameters_of_the_paper(name, pixels, more):
    model = bind(name).model()
    count = sum(p.numel() for p in model.parameters())
    assert count == 3 * pixels * 256 + 24 * 256 + more


def test_numbers_reach_model_and_schedule():
    recipe = bind("sc-gray", ["sigma_low=5", "sigma_high=55", "levels=6", "steps=7"])
    assert recipe.schedule.steps == 7
    assert recipe.schedule.sigma_high == 55
    assert len(recipe.model().prior.thresholds.levels) == 6


def test_rates_fall_when_the_paper_nsr_says():
    schedule = bind("nsr-upscale-x2").schedule
    epoch = schedule.steps // 30
    assert (schedule.lr_first, schedule.lr_every) == (20 * epoch, 5 * epoch)
    assert schedule.steps * schedule.batch == 30 * 100 * 800


def test_a_record_gives_the_recipe_back():
    recipe = bind("groupsc-gray", SMALL)
    again = from_record({"recipe": "groupsc-gray", "arguments": recipe.arguments()})
    assert again.arguments() == recipe.arguments()


def test_a_number_of_another_version_is_named():
    with pytest.raises(ValueError, match="recipe sc-gray with widow, which it has not here"):
        from_record({"recipe": "sc-gray", "arguments": {"widow": 3}})


def test_groups_agree_every_so_many_steps_if_asked_to():
    numbers = ["atoms=16", "patch=5", "depth=6", "refresh=2", "window=8"]
    y, sigma = torch.rand(1, 1, 12, 12, generator=torch.Generator().manual_seed(0)), None
    usual, agreeing = (
        bind("groupsc-gray", [*numbers, *more]).model() for more in ([], ["agree=2"])
    )
    assert agreeing.renewal.steps == (1, 3, 5)
    with torch.no_grad():
        assert not torch.equal(usual(y, sigma), agreeing(y, sigma))
        agreeing.renewal.share.values.zero_()
        assert torch.equal(usual(y, sigma), agreeing(y, sigma))


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        (["agree=13"], "agree is 13; give 1 to 12, the number of steps, or 0 for none"),
        (["agree=-1"], "agree is -1; give 1 to 12"),
        (["agree=3", "agreed=2"], "agreed is 2.0; give a share from 0 to below 1"),
        (["agree=3", "agreed=-1"], "agreed is -1.0; give a share"),
    ],
)
def test_agreement_is_of_steps_that_there_are_and_by_a_share(numbers, message):
    with pytest.raises(ValueError, match=message):
        bind("groupsc-gray", ["depth=12", "atoms=16", *numbers]).model()


@pytest.mark.parametrize(
    ("name", "pairs", "message"),
    [
        ("sc-grey", [], "no recipe is called sc-grey; there are sc-gray"),
        ("sc-gray", ["widow=3"], "widow=3 is not key=value with a key of atoms"),
        ("sc-gray", ["atoms"], "atoms is not key=value"),
        ("sc-gray", ["atoms=1.5"], "atoms is 1.5; it must be a whole number"),
        ("sc-gray", ["steps=0"], "steps is 0; it must be above 0"),
        ("sc-gray", ["sigma_low=50"], "give low <= high"),
        ("sc-gray", ["lr=nan"], "lr is nan; it must be a finite number"),
        ("sc-gray", ["lr=inf"], "lr is inf; it must be a finite number"),
        ("sc-gray", ["epsilon=0"], "epsilon is 0.0; it must be above 0"),
        ("sc-gray", ["seed=-1"], "seed is -1; give a whole number from 0 to 4294967295"),
        ("tv-gray", ["depth=0"], "depth is 0; it must be at least 1"),
        ("alr-gray", ["width=-1"], "width is -1; it must be at least 1"),
        ("alr-gray", ["sigma_low=0", "sigma_high=0"], "without noise there is nothing to tell"),
        ("sc-gray", ["average=1"], "average is 1.0"),
        ("sc-gray", ["shrink=1.5"], "shrink is 1.5; give a factor above 0, up to 1"),
        ("sc-gray", ["shrunk=1.5"], "shrunk is 1.5; give a share of the crops, 0 to 1"),
        ("sc-jpeg", ["shrink=0.5"], "shrink is 0.5; .* 1 for JPEG"),
        ("sc-demosaick", ["balance=1.2"], "balance is 1.2; crops without noise cannot be weighed"),
    ],
)
def test_refusals(name, pairs, message):
    with pytest.raises(ValueError, match=message):
        bind(name, pairs)


@pytest.mark.parametrize(
    ("name", "pair", "message"),
    [
        ("tv-gray", "weights=2", "weights is 2; give 8, one per neighbour, or 1 for all"),
        ("mri-tv", "weights=3", "weights is 3; give 8"),
        ("groupsc-gray", "mosaic=2", "mosaic is 2; give 3 for mosaics of three channels, else 1"),
        ("blorc-conv-gray", "side=1", "side is 1; give a filter 2 pixels or more"),
    ],
)
def test_models_that_cannot_be(name, pair, message):
    with pytest.raises(ValueError, match=message):
        bind(name, [pair]).model()


def test_levels_and_range_go_together():
    with pytest.raises(ValueError, match="levels is 1 for sigma 25"):
        bind("sc-gray", ["sigma_high=55"]).model()
