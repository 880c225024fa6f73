"""A run that was killed goes on as if it had not been."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tests.training.makers import TINY, tiny

from sparsight.data import NoisyCrops
from sparsight.training import run
from sparsight.training.run import CHECKPOINT, train

RESTLESS = ("lr=0.1", "check_every=4", "check_drop=0.01", "lr_every=15")
EVERY, KILLED_AT = 6, 17


class PowerCut(Exception):
    pass


def curves(out: Path) -> dict[str, dict[int, float]]:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    log = EventAccumulator(str(out / "log"))
    log.Reload()
    return {tag: {e.step: e.value for e in log.Scalars(tag)} for tag in log.Tags()["scalars"]}


def assert_same(whole: Path, parts: Path) -> None:
    """Same weights bit for bit, same curves."""
    ours, theirs = (load_file(out / run.WEIGHTS) for out in (whole, parts))
    assert ours.keys() == theirs.keys()
    for name, values in ours.items():
        assert torch.equal(values, theirs[name]), name
    expected, actual = curves(whole), curves(parts)
    assert sorted(expected["loss"]) == [9, 19, 29, 39]
    for tag in ("loss", "lr", "psnr_training_images"):
        after = {step for step in expected[tag] if step >= KILLED_AT}
        assert after <= actual[tag].keys(), tag
        for step, value in actual[tag].items():
            assert value == pytest.approx(expected[tag][step], abs=1e-6), (tag, step)


@pytest.fixture(scope="module")
def uninterrupted(pictures, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("whole")
    train("sc-gray", tiny("sc-gray", *RESTLESS), pictures, out, every=EVERY)
    return out


def returns(out: Path) -> int:
    """How often the run went back to a snapshot."""
    checkpoint = torch.load(out / CHECKPOINT, weights_only=False)
    return checkpoint["callbacks"]["Backtracking"]["returns"]


def test_killed_run(pictures, uninterrupted, tmp_path):
    script = Path(__file__).with_name("killed_run.py")
    numbers = [EVERY, KILLED_AT, torch.get_num_threads()]
    arguments = [pictures, tmp_path, *map(str, numbers), *TINY, *RESTLESS]
    source = Path(run.__file__).parents[2]
    killed = subprocess.run(
        [sys.executable, script, *arguments], env={**os.environ, "PYTHONPATH": str(source)}
    )
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / run.WEIGHTS).exists()
    assert returns(tmp_path) > 0
    train("sc-gray", tiny("sc-gray", *RESTLESS), pictures, tmp_path, resume=True, every=EVERY)
    assert returns(tmp_path) > 1
    assert_same(uninterrupted, tmp_path)


def test_stopped_in_a_run_of_many_epochs(pictures, uninterrupted, tmp_path, monkeypatch):
    """An epoch is a thousand steps; here three, so that a checkpoint falls on its last step."""
    draw, drawn = NoisyCrops.draw, []

    def draw_until_the_power_goes(crops: NoisyCrops, step: int):
        if step == KILLED_AT and not drawn:
            raise PowerCut
        if drawn or step >= KILLED_AT:
            drawn.append(step)
        return draw(crops, step)

    recipe = tiny("sc-gray", *RESTLESS)
    monkeypatch.setattr(run, "repeat", lambda *_: [0, 0, 0])
    monkeypatch.setattr(NoisyCrops, "draw", draw_until_the_power_goes)
    with pytest.raises(PowerCut):
        train("sc-gray", recipe, pictures, tmp_path, every=EVERY)
    drawn.append(-1)
    train("sc-gray", recipe, pictures, tmp_path, resume=True, every=EVERY)
    assert drawn == [-1, *range(12, 40)]
    assert_same(uninterrupted, tmp_path)


def test_resuming_a_finished_run_changes_nothing(pictures, tmp_path):
    recipe = tiny("sc-gray", "steps=2")
    before = load_file(train("sc-gray", recipe, pictures, tmp_path))
    after = load_file(train("sc-gray", recipe, pictures, tmp_path, resume=True))
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_nothing_to_resume(pictures, tmp_path):
    with pytest.raises(ValueError, match=r"holds no last.ckpt to resume; leave out --resume"):
        train("sc-gray", tiny(), pictures, tmp_path, resume=True)


def test_a_run_is_not_overwritten(pictures, tmp_path):
    (tmp_path / CHECKPOINT).touch()
    with pytest.raises(ValueError, match=r"already holds a run; add --resume or choose another"):
        train("sc-gray", tiny(), pictures, tmp_path)
