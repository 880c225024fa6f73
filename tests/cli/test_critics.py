"""train alr, and restore fit-strength."""

import json

import pytest
from tests.cli.critics import NUMBERS, noisy, save, save_tv

from sparsight.zoo import load_critic


def test_fit_strength(run, clean, tmp_path):
    """Without a table there is no auto; with the fitted one there is."""
    weights, image = save_tv(tmp_path, {}), save(tmp_path / "y.png", noisy(clean, 0.1))
    (tmp_path / "clean").mkdir()
    save(tmp_path / "clean" / "a.png", clean)
    words = ("--sigma", "25.5", "--model", weights, "-o", tmp_path / "x.png")
    outcome = run("restore", "denoise", image, *words)
    assert outcome.code == 1
    assert "holds no table of strengths" in outcome.err
    fit = ("restore", "fit-strength", weights, "--clean", tmp_path / "clean", "--side", "32")
    outcome = run(*fit, "--sigma", "25.5,51")
    assert outcome.code == 0, outcome.err
    record = load_critic(str(weights))[1]
    assert record["strengths"]["levels"] == pytest.approx([0.1, 0.2])
    assert record["strengths"]["data"] == "clean"
    assert run("restore", "denoise", image, *words).code == 0
    assert run(*fit, "--sigma", "25.5,51", "--power", "0.5").code == 0
    assert load_critic(str(weights))[1]["growth"]["power"] == 0.5
    assert run("restore", "denoise", image, *words, "--overwrite").code == 0
    assert run(*fit, "--sigma", "25.5,51", "--power", "1").code == 0
    assert load_critic(str(weights))[1]["strengths"] == record["strengths"]
    named = run("restore", "fit-strength", "alr-gray", *fit[3:], "--sigma", "25.5,51")
    assert (named.code, "there is no such file" in named.err) == (1, True)
    outcome = run(*fit, "--sigma", "51,25.5")
    assert outcome.code == 1
    assert "two or more increasing levels" in outcome.err


def test_train_a_critic(run, clean, tmp_path):
    (tmp_path / "clean").mkdir()
    save(tmp_path / "clean" / "a.png", clean)
    short = ("alr-gray", *NUMBERS, "steps=3", "batch=2")
    where = ("--clean", tmp_path / "clean", "--out")
    outcome = run("train", *short, "sigma=0.05..0.30", *where, tmp_path / "run")
    assert outcome.code == 0, outcome.err
    assert "next: sparsight restore fit-strength" in outcome.out
    assert "alr-gray: sees 5 x 5 pixels, every 1" in outcome.out
    schedule = json.loads((tmp_path / "run" / "run.json").read_text())["schedule"]
    assert (schedule["sigma_low"], schedule["sigma_high"]) == (12.75, 76.5)
    degraded = ("--degraded", tmp_path / "clean")
    assert run("train", *short, *where, tmp_path / "other", *degraded).code == 0


def test_a_training_of_a_critic_goes_on_with_its_own_numbers(run, clean, tmp_path):
    (tmp_path / "clean").mkdir()
    save(tmp_path / "clean" / "a.png", clean)
    where = ("--clean", tmp_path / "clean", "--out", tmp_path / "run")
    begun = ("sigma=0.05..0.30", "steps=3", "batch=2", "lr=0.002")
    assert run("train", "alr-gray", *NUMBERS, *begun, *where).code == 0
    longer = run("train", "alr-gray", "steps=5", *where, "--resume")
    assert longer.code == 0, longer.err
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    kept = [record["schedule"][key] for key in ("sigma_high", "batch", "lr")]
    assert (kept, record["steps_done"]) == ([76.5, 2, 0.002], 5)
    other = run("train", "alr-gray", "width=9", *where, "--resume")
    assert (other.code, "resuming keeps the model" in other.err) == (1, True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("alr", "--clean", "nowhere", "sigma=5..30"), "between 0 and 1, e.g. sigma=0.05..0.30"),
        (("alr", "--clean", "a", "--degraded", "b", "sigma=0.1"), "not both"),
        (("alr",), "no images were named; give --clean DIR"),
        (("sc-gray", "--clean", "a"), "sc-gray takes no --clean; see --help"),
    ],
)
def test_trainings_that_cannot_be(run, words, message):
    outcome = run("train", *words)
    assert outcome.code == 1
    assert message in outcome.err
