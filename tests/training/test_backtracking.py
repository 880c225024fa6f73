"""Training that diverges returns to where it was good, at a lower rate."""

import copy

import lightning
import pytest
import torch
from tests.training.makers import piecewise, tiny

from sparsight.data import AddNoise, NoisyCrops
from sparsight.training.callbacks import Backtracking
from sparsight.training.initial import initialise
from sparsight.training.supervised import Supervised

CHECK, SPOILED = 4, 5


class TooFast(lightning.Callback):
    """Raises the rates at one step; remembers weights and rates after each."""

    def __init__(self, rate: float, step: int = SPOILED):
        self.rate = rate
        self.step = step
        self.weights: dict[int, dict[str, torch.Tensor]] = {}
        self.averages: dict[int, dict[str, torch.Tensor]] = {}
        self.rates: dict[int, list[float]] = {}

    def on_train_batch_end(self, trainer, pl_module, *_):
        for optimiser in trainer.optimizers:
            if pl_module.step == self.step:
                optimiser.param_groups[0]["lr"] = self.rate
        self.weights[pl_module.step] = copy.deepcopy(pl_module.model.state_dict())
        self.averages[pl_module.step] = copy.deepcopy(pl_module.average.state_dict())
        self.rates[pl_module.step] = [o.param_groups[0]["lr"] for o in trainer.optimizers]


def train(backtracking: Backtracking, spoiler: TooFast, *numbers: str) -> lightning.Trainer:
    recipe = tiny("sc-gray", f"check_every={CHECK}", "check_drop=0.2", *numbers)
    pictures = piecewise()
    model = recipe.model()
    initialise(model, pictures, None, recipe.schedule)
    schedule = recipe.schedule
    crops = NoisyCrops(pictures, schedule.crop, schedule.batch, (25.0, 25.0))
    trainer = lightning.Trainer(
        max_steps=schedule.steps * (2 if schedule.matrix_lr else 1),
        accelerator="cpu",
        logger=False,
        callbacks=[backtracking, spoiler],
        enable_checkpointing=False,
        enable_model_summary=False,
        enable_progress_bar=False,
    )
    loader = torch.utils.data.DataLoader([0] * 100, batch_size=None)
    trainer.fit(Supervised(model, schedule, crops), loader)
    return trainer


def watch() -> Backtracking:
    return Backtracking([picture.float() / 255 for picture in piecewise()], AddNoise(25 / 255))


def assert_equal(ours: dict, theirs: dict) -> None:
    assert ours.keys() == theirs.keys()
    for name in ours:
        assert torch.equal(ours[name], theirs[name]), name


@pytest.mark.parametrize(
    "numbers", [(), ("matrix_lr=0.01", "average=0.5")], ids=["Adam", "Muon and an average"]
)
def test_divergence_is_undone(numbers):
    watching, spoiler = watch(), TooFast(10.0)
    train(watching, spoiler, "steps=12", *numbers)
    assert_equal(spoiler.weights[8], spoiler.weights[4])
    assert_equal(spoiler.weights[12], spoiler.weights[4])
    assert_equal(spoiler.averages[12], spoiler.averages[4])
    assert_equal(watching.snapshot["model"], spoiler.weights[4])
    assert watching.returns == 2
    for optimiser in range(len(spoiler.rates[1])):
        rates = {step: spoiler.rates[step][optimiser] for step in (7, 8, 11, 12)}
        expected = {7: 10, 8: 10 * 0.8, 11: 10 * 0.8, 12: 10 * 0.8 * 0.8**2}
        assert rates == pytest.approx(expected)


def test_the_optimiser_returns_too():
    watching, spoiler = watch(), TooFast(10.0)
    trainer = train(watching, spoiler, "steps=8")
    (saved,) = watching.snapshot["optimisers"]
    moments = trainer.optimizers[0].state_dict()["state"]
    assert moments.keys() == saved["state"].keys() != set()
    for number, values in saved["state"].items():
        assert_equal(moments[number], values)
        assert values["step"] == 4


def test_progress_renews_the_snapshot():
    watching, spoiler = watch(), TooFast(6e-4)
    train(watching, spoiler, "steps=10")
    assert watching.returns == 0
    assert_equal(watching.snapshot["model"], spoiler.weights[8])
    assert spoiler.rates[10] == [6e-4]


def test_weights_that_overflow_are_undone():
    """NaN is no fall in decibels, and worse than any."""
    watching, spoiler = watch(), TooFast(1e30)
    train(watching, spoiler, "steps=8")
    assert watching.returns == 1
    assert_equal(spoiler.weights[8], spoiler.weights[4])


def test_overflow_before_the_first_look_returns_to_the_start():
    watching, spoiler = watch(), TooFast(1e30, step=1)
    train(watching, spoiler, "steps=4")
    assert watching.returns == 1
    assert all(values.isfinite().all() for values in spoiler.weights[4].values())


def test_state_survives_a_checkpoint():
    old, new = watch(), watch()
    old.returns, old.best = 3, 28.5
    old.snapshot = {"model": {"z": torch.ones(2)}, "optimisers": []}
    new.load_state_dict(old.state_dict())
    assert (new.returns, new.best) == (3, 28.5)
    assert_equal(new.snapshot["model"], old.snapshot["model"])
