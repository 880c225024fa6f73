"""A run that was stopped goes on as if it had not been."""

import json
import os
import shutil
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tests.training.makers import TINY, tiny

from sparsight.data import NoisyCrops
from sparsight.training import fit
from sparsight.training.callbacks import Backtracking
from sparsight.training.fit import CHECKPOINT, WEIGHTS
from sparsight.training.record import RECORD, recipe_of
from sparsight.training.run import train

RESTLESS = ("lr=0.1", "check_every=4", "check_drop=0.01", "lr_every=15")
RANGE = ("sigma_low=15", "sigma_high=35", "levels=3")
MUON = (*RESTLESS, *RANGE, "steps=20", "matrix_lr=0.3", "average=0.9")
EVERY, STOPPED_AT = 6, 17


class PowerCut(Exception):
    pass


@pytest.fixture(scope="module")
def uninterrupted(pictures, tmp_path_factory):
    """The folder of a run that nothing stopped."""

    @cache
    def trained(numbers: tuple[str, ...]) -> Path:
        out = tmp_path_factory.mktemp("whole")
        train("sc-gray", tiny("sc-gray", *numbers), pictures, out, every=EVERY)
        return out

    return trained


class Drawn(list[int]):
    """The steps whose crops were drawn, at which of them a run is stopped, and how."""

    at: int = STOPPED_AT
    error: type[BaseException] = PowerCut


@pytest.fixture
def power_cut(monkeypatch):
    """The first run to draw the crops of STOPPED_AT is stopped."""
    draw, drawn = NoisyCrops.draw, Drawn()

    def draw_while_there_is_power(crops: NoisyCrops, step: int):
        drawn.append(step)
        if step == drawn.at and drawn.count(step) == 1:
            raise drawn.error
        return draw(crops, step)

    monkeypatch.setattr(NoisyCrops, "draw", draw_while_there_is_power)
    return drawn


def curves(out: Path) -> dict[str, dict[int, float]]:
    """What was logged: value by step, by name."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    log = EventAccumulator(str(out / "log"))
    log.Reload()
    return {tag: {e.step: e.value for e in log.Scalars(tag)} for tag in log.Tags()["scalars"]}


def assert_same(whole: Path, parts: Path) -> None:
    """Same weights bit for bit, same curves."""
    ours, theirs = (load_file(out / WEIGHTS) for out in (whole, parts))
    assert ours.keys() == theirs.keys()
    for name, values in ours.items():
        assert torch.equal(values, theirs[name]), name
    expected, actual = curves(whole), curves(parts)
    for tag in ("loss", "lr", "psnr_training_images"):
        after = {step for step in expected[tag] if step > STOPPED_AT}
        assert after
        assert after <= actual[tag].keys(), tag
        for step, value in actual[tag].items():
            assert value == pytest.approx(expected[tag][step], abs=1e-6), (tag, step)


def returns(out: Path) -> int:
    """How often the run had gone back to a snapshot when the checkpoint was written."""
    checkpoint = torch.load(out / CHECKPOINT, weights_only=False)
    return checkpoint["callbacks"]["Backtracking"]["returns"]


def test_killed_run(pictures, uninterrupted, tmp_path):
    """Between checkpoints, by a signal that nothing can catch, after a return to a snapshot."""
    whole = uninterrupted(RESTLESS)
    script = Path(__file__).with_name("killed_run.py")
    numbers = [EVERY, STOPPED_AT, torch.get_num_threads()]
    command = [sys.executable, script, pictures, tmp_path, *map(str, numbers), *TINY, *RESTLESS]
    source = str(Path(fit.__file__).parents[2])
    killed = subprocess.run(command, env={**os.environ, "PYTHONPATH": source})
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / WEIGHTS).exists()
    before = returns(tmp_path)
    assert before > 0
    train("sc-gray", tiny("sc-gray", *RESTLESS), pictures, tmp_path, resume=True, every=EVERY)
    assert returns(tmp_path) == returns(whole) > before
    assert_same(whole, tmp_path)


def test_stopped_run_of_two_optimisers(pictures, uninterrupted, tmp_path, power_cut):
    recipe = tiny("sc-gray", *MUON)
    with pytest.raises(PowerCut):
        train("sc-gray", recipe, pictures, tmp_path, every=EVERY)
    train("sc-gray", recipe, pictures, tmp_path, resume=True, every=EVERY)
    assert power_cut[:26] == [*range(18), *range(12, 20)]
    assert_same(uninterrupted(MUON), tmp_path)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_whoever_stops_a_run_loses_no_step(pictures, uninterrupted, tmp_path, power_cut, error):
    """A checkpoint is written then, too, not only every so many steps."""
    power_cut.error = error
    recipe = tiny("sc-gray", *MUON)
    with pytest.raises((KeyboardInterrupt, SystemExit)):
        train("sc-gray", recipe, pictures, tmp_path, every=EVERY)
    assert json.loads((tmp_path / RECORD).read_text())["steps_done"] == STOPPED_AT
    train("sc-gray", recipe, pictures, tmp_path, resume=True, every=EVERY)
    assert power_cut[:21] == [*range(18), *range(17, 20)]
    assert_same(uninterrupted(MUON), tmp_path)


def test_whoever_stops_a_look_at_the_images_loses_no_step(
    pictures, uninterrupted, tmp_path, monkeypatch
):
    """The step before it was whole; the look itself is taken when the run goes on."""
    measure, looks = Backtracking.measure, []

    def stopped_once(self, module):
        looks.append(module.step)
        if looks == [4, 8, 12]:
            raise KeyboardInterrupt
        return measure(self, module)

    monkeypatch.setattr(Backtracking, "measure", stopped_once)
    recipe = tiny("sc-gray", *MUON)
    with pytest.raises((KeyboardInterrupt, SystemExit)):
        train("sc-gray", recipe, pictures, tmp_path, every=100)
    assert json.loads((tmp_path / RECORD).read_text())["steps_done"] == 12
    train("sc-gray", recipe, pictures, tmp_path, resume=True, every=100)
    assert looks == [4, 8, 12, 12, 16, 20]
    assert returns(tmp_path) == returns(uninterrupted(MUON)) > 0
    ours, theirs = (load_file(out / WEIGHTS) for out in (tmp_path, uninterrupted(MUON)))
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_weights_that_are_not_finite_are_not_written(pictures, tmp_path, monkeypatch):
    def diverged(self, module):
        module.average.module.fidelity.dictionary.data[0, 0] = torch.nan
        return 30.0

    monkeypatch.setattr(Backtracking, "measure", diverged)
    with pytest.raises(ValueError, match=r"not finite after 8 steps .* a smaller lr"):
        train("sc-gray", tiny("sc-gray", "steps=8"), pictures, tmp_path)
    assert not (tmp_path / WEIGHTS).exists()


def test_a_training_that_restores_nothing_at_any_look_fails(pictures, tmp_path, monkeypatch):
    monkeypatch.setattr(Backtracking, "measure", lambda *_: torch.nan)
    with pytest.raises(ValueError, match=r"diverged: after 8 steps .* a smaller lr"):
        train("sc-gray", tiny("sc-gray", "steps=8", "check_every=4"), pictures, tmp_path)
    assert not (tmp_path / WEIGHTS).exists()


def test_a_crop_without_a_patch_is_refused(pictures, tmp_path):
    with pytest.raises(ValueError, match=r"crop is 4; give 5, a patch of this model, or more"):
        train("sc-gray", tiny("sc-gray", "crop=4", "patch=5"), pictures, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_run_stopped_before_its_first_step_can_begin_again(pictures, tmp_path, power_cut):
    recipe = tiny("sc-gray", "steps=2")
    power_cut.error, power_cut.at = KeyboardInterrupt, 0
    with pytest.raises((KeyboardInterrupt, SystemExit)):
        train("sc-gray", recipe, pictures, tmp_path)
    assert not (tmp_path / WEIGHTS).exists()
    train("sc-gray", recipe, pictures, tmp_path)
    (tmp_path / "others").mkdir()
    shutil.copy(next(pictures.iterdir()), tmp_path / "others")
    with pytest.raises(ValueError, match=r"learned from .* of pictures, not from 1 "):
        train("sc-gray", recipe, tmp_path / "others", tmp_path, resume=True)
    (tmp_path / CHECKPOINT).unlink()
    with pytest.raises(ValueError, match="already holds a run"):
        train("sc-gray", recipe, pictures, tmp_path)


def test_stopped_run_of_many_epochs(pictures, uninterrupted, tmp_path, power_cut, monkeypatch):
    """An epoch is a thousand steps; here three, so that a checkpoint falls on its last step."""
    recipe = tiny("sc-gray", *RESTLESS)
    monkeypatch.setattr(fit, "repeat", lambda *_: [0, 0, 0])
    with pytest.raises(PowerCut):
        train("sc-gray", recipe, pictures, tmp_path, every=EVERY)
    checkpoint = torch.load(tmp_path / CHECKPOINT, weights_only=False)
    checkpoint["callbacks"]["Snapshots"]["seconds"] += 1000
    torch.save(checkpoint, tmp_path / CHECKPOINT)
    train("sc-gray", recipe, pictures, tmp_path, resume=True, every=EVERY)
    assert power_cut[:36] == [*range(18), *range(12, 30)]
    assert_same(uninterrupted(RESTLESS), tmp_path)
    record = json.loads((tmp_path / RECORD).read_text())
    assert 1000 <= record["seconds"] < 2000, "seconds of all parts"


def test_resuming_a_finished_run_changes_nothing(pictures, tmp_path):
    recipe = tiny("sc-gray", "steps=2")
    before = load_file(train("sc-gray", recipe, pictures, tmp_path))
    after = load_file(train("sc-gray", recipe, pictures, tmp_path, resume=True))
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_fewer_steps_than_were_done_are_refused(pictures, tmp_path):
    train("sc-gray", tiny("sc-gray", *RANGE, "matrix_lr=0.3", "steps=4"), pictures, tmp_path)
    before = (tmp_path / RECORD).read_text()
    with pytest.raises(ValueError, match=r"steps is 3; the run in .* has done 4, give as many"):
        train(
            "sc-gray",
            tiny("sc-gray", *RANGE, "matrix_lr=0.3", "steps=3"),
            pictures,
            tmp_path,
            resume=True,
        )
    assert (tmp_path / RECORD).read_text() == before


@pytest.mark.parametrize(("begun", "now"), [("0.3", "0"), ("0", "0.3")])
def test_other_optimisers_are_refused(pictures, tmp_path, begun, now):
    recipe = tiny("sc-gray", f"matrix_lr={begun}", "steps=3")
    train("sc-gray", recipe, pictures, tmp_path)
    recipe = tiny("sc-gray", f"matrix_lr={now}", "steps=9")
    with pytest.raises(ValueError, match=r"has . optimisers, not .; resuming keeps matrix_lr"):
        train("sc-gray", recipe, pictures, tmp_path, resume=True)


def test_a_run_knows_its_images_by_what_they_hold(pictures, tmp_path):
    """Not by the name of their folder, nor by how many there are."""
    out = tmp_path / "run"
    train("sc-gray", tiny("sc-gray", "steps=2"), pictures, out)
    moved = shutil.copytree(pictures, tmp_path / "moved")
    train("sc-gray", tiny("sc-gray", "steps=3"), moved, out, resume=True)
    one, *_, last = sorted(moved.iterdir())
    one.write_bytes(last.read_bytes())
    with pytest.raises(ValueError, match=r"learned from .* of moved, whose files were others"):
        train("sc-gray", tiny("sc-gray", "steps=4"), moved, out, resume=True)
    record = json.loads((out / RECORD).read_text())
    (out / RECORD).write_text(json.dumps({k: v for k, v in record.items() if k != "files"}))
    with pytest.raises(ValueError, match=r"learned from .* of moved, not from .* of pictures"):
        train("sc-gray", tiny("sc-gray", "steps=4"), pictures, out, resume=True)


def test_nothing_to_resume(pictures, tmp_path):
    with pytest.raises(ValueError, match=r"holds no last.ckpt to resume; leave out --resume"):
        train("sc-gray", tiny(), pictures, tmp_path, resume=True)


def test_a_run_is_not_overwritten(pictures, tmp_path):
    (tmp_path / CHECKPOINT).touch()
    with pytest.raises(ValueError, match=r"already holds a run; add --resume or choose another"):
        train("sc-gray", tiny(), pictures, tmp_path)


def test_a_run_remembers_its_numbers(pictures, tmp_path):
    recipe = tiny("sc-gray", "steps=2")
    train("sc-gray", recipe, pictures, tmp_path)
    assert recipe_of(tmp_path, "sc-gray") == recipe
    assert recipe_of(tmp_path / "nowhere", "sc-gray") is None
    with pytest.raises(ValueError, match=r"holds a run of sc-gray, not of csr-gray"):
        recipe_of(tmp_path, "csr-gray")


def test_resuming_keeps_the_model(pictures, tmp_path):
    train("sc-gray", tiny("sc-gray", "steps=2"), pictures, tmp_path)
    other = tiny("sc-gray", "steps=2", "depth=5")
    with pytest.raises(ValueError, match=r"has depth=\d+, not depth=5; resuming keeps the model"):
        train("sc-gray", other, pictures, tmp_path, resume=True)
