"""zoo, bench, train, demo."""

import json
import shlex
import sys

import numpy as np
import pytest
from PIL import Image
from tests.cli.makers import pixels, save_noise

from sparsight.cli.bench import repeat_option
from sparsight.zoo import names

TINY = ["atoms=16", "depth=2", "patch=5", "batch=1", "crop=16", "steps=2"]
BENCH = {
    "model": "sc-gray",
    "data": "BSD68",
    "results": [
        {
            "sigma": sigma,
            "psnr": 31.0 - sigma / 10,
            "ssim": 0.9,
            "psnr_8bit": 30.0,
            "images": 68,
            "seconds_per_image": 0.5,
        }
        for sigma in (15, 25)
    ],
}


@pytest.fixture
def pictures(tmp_path):
    for number in range(3):
        save_noise(tmp_path / "pictures" / f"{number}.png", 70, 64, 3, seed=number)
    return tmp_path / "pictures"


@pytest.fixture
def card(zoo_folder):
    path = zoo_folder / "sc-gray.json"
    path.write_text(json.dumps({"bench": [BENCH], "seconds": 12.5}))
    yield path
    path.unlink()


def test_zoo_lists_models_and_what_was_measured(run, card):
    outcome = run("zoo")
    assert outcome.code == 0, outcome.err
    row = next(line for line in outcome.out.splitlines() if "sc-gray" in line)
    for text in ("1,264", "5 to 55", "BSD68", "15: 29.50", "25: 28.50"):
        assert text in row


def test_zoo_shows_a_card(run, card):
    outcome = run("zoo", "sc-gray")
    assert outcome.code == 0, outcome.err
    for text in ("12.5", "sigma_low 5", "sc-gray on BSD68", "29.50", "68"):
        assert text in outcome.out
    assert run("zoo", "sc-color").code == 0


def test_a_card_tells_the_trainings_before_in_lines_that_can_be_read(run, card):
    before = {"recipe": "sc-gray", "schedule": {f"number_{k}": k for k in range(40)}}
    last = {"recipe": "sc-gray", "schedule": {"steps": 7}, "start": before}
    card.write_text(json.dumps({**last, "start": {**last, "start": before}}))
    outcome = run("zoo", "sc-gray", "--history")
    assert outcome.code == 0, outcome.err
    lines = outcome.out.splitlines()
    assert max(map(len, lines)) <= 100
    insets = [len(line) - len(line.lstrip()) for line in lines if "recipe" in line]
    assert len(insets) == 3
    assert insets[0] < insets[1] < insets[2]
    assert "number_39 39" in outcome.out


def test_a_card_names_the_trainings_before_in_a_line(run, card):
    first = {"recipe": "sc-gray", "steps_done": 1200, "schedule": {"lr": 0.5}}
    second = {"recipe": "csr-gray", "steps_done": 30, "schedule": {"lr": 0.25}, "start": first}
    card.write_text(json.dumps({"recipe": "csr-gray", "start": second}))
    out = run("zoo", "sc-gray").out
    assert "sc-gray 1,200 steps, then csr-gray 30 steps" in out
    assert "lr 0.5" not in out
    alone = run("zoo", "--history")
    assert (alone.code, "--history is of one model; give its name" in alone.err) == (1, True)


def test_zoo_of_an_unknown_model(run, zoo_folder):
    outcome = run("zoo", "nobody")
    assert outcome.code == 1
    assert "there are sc-color, sc-gray" in outcome.err


def test_bench_writes_what_it_prints(run, gray, pictures, tmp_path):
    file = tmp_path / "b.json"
    words = ("--data", pictures, "--model", gray, "--json", file, "--limit", "2")
    outcome = run("bench", "denoise", *words, "--sigma", "15", "25.5", "--sigma", "50")
    assert outcome.code == 0, outcome.err
    record = json.loads(file.read_text())
    assert record["model"].endswith("sc-gray")
    assert record["data"] == "pictures"
    assert [result["sigma"] for result in record["results"]] == [15, 25.5, 50]
    assert {result["images"] for result in record["results"]} == {2}
    assert f"{record['results'][1]['psnr']:.2f}" in outcome.out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.json", "pictures"]


def test_bench_refuses_before_it_works(run, gray, pictures, tmp_path):
    words = ("bench", "denoise", "--model", gray)
    picture = next(pictures.iterdir())
    before = picture.read_bytes()
    kept = run(*words, "--data", pictures, "--json", picture)
    assert (kept.code, "end its name in .json" in kept.err) == (1, True)
    assert picture.read_bytes() == before
    lost = run(*words, "--data", pictures, "--json", tmp_path / "no/b.json")
    assert (lost.code, "create it first" in lost.err) == (1, True)
    empty = run(*words, "--data", tmp_path / "nowhere")
    assert (empty.code, "is not a folder" in empty.err) == (1, True)
    wild = run(*words, "--data", pictures, "--sigma", "15", "256")
    assert (wild.code, "sigma is 256" in wild.err) == (1, True)


def test_several_values_after_one_option():
    words = shlex.split("--data d --sigma 15 25 --sigma=50 60 --limit 3")
    once = shlex.split("--data d --sigma 15 --sigma 25 --sigma=50 --sigma 60 --limit 3")
    assert repeat_option(words, "--sigma") == once


def test_train_lists_recipes(run):
    outcome = run("train", "--list")
    assert outcome.code == 0, outcome.err
    for text in ("groupsc-gray", "window=48", "depth=24", "steps=120000"):
        assert text in outcome.out


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ([], "no recipe was named; there are sc-gray"),
        (["nobody"], "no recipe is called nobody; there are sc-gray"),
        (["sc-gray", "depht=3"], "depht=3 is not key=value with a key of atoms"),
        (["sc-gray", "depth=many"], "depth is many; it must be a whole number"),
        (["sc-gray"], "no images were named; give --data DIR"),
        (["sc-gray", "--data", "nowhere"], "nowhere is not a folder"),
        (["sc-gray", "--data", ".", "--resume"], "holds no last.ckpt to resume"),
    ],
)
def test_train_refuses(run, tmp_path, monkeypatch, words, what):
    monkeypatch.chdir(tmp_path)
    outcome = run("train", *words)
    assert outcome.code == 1
    assert what in outcome.err
    assert outcome.err.count("\n") == 1


def test_what_cannot_begin_leaves_no_run(run, pictures, tmp_path, gray):
    words = ("train", "tv-gray", "--data", pictures, "--out", tmp_path / "run", "crop=20")
    outcome = run(*words, "--start", gray)
    assert (outcome.code, "nothing of" in outcome.err) == (1, True)
    small = run(*words, "crop=4000")
    assert (small.code, "smaller than crop=4000; take it out" in small.err) == (1, True)
    assert not (tmp_path / "run").exists()


def test_train_needs_lightning(run, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "lightning", None)
    outcome = run("train", "sc-gray", "--data", tmp_path)
    assert outcome.code == 1
    assert "training needs lightning; install with: pip install 'sparsight[train]'" in outcome.err


def test_train_and_use_what_was_trained(run, pictures, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outcome = run("train", "sc-gray", *TINY, "--data", pictures)
    assert outcome.code == 0, outcome.err
    weights = "runs/sc-gray/weights.safetensors"
    assert f"weights: {weights}" in outcome.out
    words = ("-o", "out", "--model", weights, "--sigma", "25")
    assert run("denoise", pictures, *words).code == 0
    again = run("train", "sc-gray", *TINY, "--data", pictures)
    assert again.code == 1
    assert "add --resume or choose another --out" in again.err
    longer = run("train", "sc-gray", "steps=3", "--data", pictures, "--resume")
    assert longer.code == 0, longer.err
    other = run("train", "sc-gray", "depth=7", "--data", pictures, "--resume")
    assert (other.code, "resuming keeps the model" in other.err) == (1, True)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("saved", [True, False])
def test_an_interrupted_training_says_how_to_resume(
    run, pictures, tmp_path, monkeypatch, error, saved
):
    out = tmp_path / "my run"

    def interrupted(*_):
        out.mkdir()
        if saved:
            (out / "last.ckpt").touch()
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt:
            raise error  # noqa: B904

    monkeypatch.setattr("sparsight.training.run.train", interrupted)
    outcome = run("train", "sc-gray", "depth=2", "--data", pictures, "--out", out)
    assert outcome.code == 130
    assert ("before the first checkpoint" in outcome.err) != saved
    expected = f"sparsight train sc-gray depth=2 --data {pictures} --out '{out}' --resume"
    assert (expected in outcome.err) == saved
    assert len(outcome.err.splitlines()) == 1


@pytest.mark.parametrize(("cause", "code"), [(KeyboardInterrupt(), 130), (SystemExit(143), 143)])
def test_a_signal_while_libraries_load(run, monkeypatch, cause, code):
    """Python 3.11 wraps what is raised while a class is made."""

    def wrapped():
        raise RuntimeError("Error calling __set_name__") from cause

    monkeypatch.setattr("sparsight.zoo.names", wrapped)
    outcome = run("zoo")
    assert outcome.code == code
    assert outcome.err == ("sparsight: interrupted\n" if code == 130 else "")


def test_demo_writes_three_pictures_side_by_side(run, zoo_folder, tmp_path):
    for _ in range(2):
        outcome = run("demo", "-o", tmp_path / "demo.png")
        assert outcome.code == 0, outcome.err
    assert "model sc-gray, sigma 25" in outcome.out
    before, after = (float(text.split()[0]) for text in outcome.out.split("PSNR ")[1].split("-> "))
    assert 20 < before < 21
    assert after > 0
    array = pixels(tmp_path / "demo.png").astype(float)
    width = (array.shape[1] - 16) // 3
    difference = array[:, -width:]
    assert array.shape[2] == 3
    assert np.median(difference) == pytest.approx(128, abs=8)


def test_demo_looks_at_its_output_first(run, zoo_folder, tmp_path, monkeypatch):
    monkeypatch.setattr("sparsight.models.Unrolled.forward", lambda *_: pytest.fail("restored"))
    outcome = run("demo", "-o", tmp_path / "none" / "demo.png")
    assert (outcome.code, "none does not exist; create it first" in outcome.err) == (1, True)


def test_the_bundled_photograph_is_small_and_credited():
    from sparsight.cli.demo import _bundled

    path = _bundled()
    assert path.stat().st_size < 150_000
    assert "CC0" in path.with_suffix(".txt").read_text()
    with Image.open(path) as image:
        assert image.mode == "RGB"


@pytest.mark.skipif(not names(), reason="no trained weights are installed")
def test_trained_models_are_listed_and_restore(run, tmp_path):
    assert all(name in run("zoo").out for name in names())
    outcome = run("demo", "-o", tmp_path / "demo.png")
    assert outcome.code == 0, outcome.err
    before, after = (float(text.split()[0]) for text in outcome.out.split("PSNR ")[1].split("-> "))
    assert after > before + 6
