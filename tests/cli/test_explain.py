"""`sparsight explain`."""

import json

import pytest
from PIL import Image
from tests.cli.makers import save_model, save_noise

from sparsight.recipes import bind
from sparsight.zoo import save_weights


@pytest.fixture(scope="module")
def groupsc(tmp_path_factory) -> str:
    return save_model(tmp_path_factory.mktemp("model"), "groupsc-gray", "window=12")


@pytest.fixture(scope="module")
def tv(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("model") / "tv-gray.safetensors"
    bound = bind("tv-gray", ["depth=1"])
    save_weights(bound.model(), {"recipe": "tv-gray", "arguments": bound.arguments()}, path)
    return str(path)


def test_weights(run, groupsc, tmp_path):
    outcome = run("explain", groupsc, "-o", tmp_path / "out")
    assert outcome.code == 0, outcome.err
    assert "prior_thresholds" in outcome.out
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {
        *("D.png", "C.png", "W.png", "prior_thresholds.png", "neighbours_kappa.png"),
        "parameters.json",
    }
    assert json.loads((tmp_path / "out/parameters.json").read_text())["dictionaries"]["atoms"] == 16


def test_a_place_of_a_colour_photograph(run, groupsc, tmp_path):
    photo = save_noise(tmp_path / "a.png", 30, 40, 3)
    out = tmp_path / "out"
    outcome = run("explain", groupsc, photo, "--at", "39,2", "--sigma", "20", "-o", out)
    assert outcome.code == 0, outcome.err
    for text in ("luminance", "39,2", "coefficient", "neighbour", "after shrinkage"):
        assert text in outcome.out
    names = {path.name for path in out.iterdir()}
    assert names == {"patch.json", "neighbours.png", "atoms.png", "steps.png"}
    story = json.loads((out / "patch.json").read_text())
    assert (story["x"], story["y"], len(story["steps"])) == (39, 2, 2)
    assert story["sigma"] == pytest.approx(20 / 3**0.5)
    assert f"{story['neighbours'][0]['weight']:.4f}" in outcome.out
    with Image.open(out / "neighbours.png") as picture:
        assert min(picture.size) > 100


def test_the_noise_level_is_estimated(run, gray, tmp_path):
    photo = save_noise(tmp_path / "a.png", 30, 40)
    outcome = run("explain", gray, photo, "--at", "3,2", "-o", tmp_path / "out")
    assert outcome.code == 0, outcome.err
    assert "no neighbours" in outcome.out
    assert json.loads((tmp_path / "out/patch.json").read_text())["sigma"] > 5


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["a.png", "--at", "40,2"], "at is 40,2; the image is 40 x 30"),
        (["a.png", "--at", "-1,2"], "give x from 0 to 39"),
        (["a.png", "--at", "1;2"], "at is 1;2; give column and row of a pixel"),
        (["a.png", "--at", "1,2,3"], "give column and row"),
        (["a.png"], "IMAGE and --at X,Y go together"),
        (["--at", "1,2"], "IMAGE and --at X,Y go together"),
        (["b.png", "--at", "1,2"], "b.png: there is no such file"),
        (["a.png", "--at", "1,2", "--sigma", "x"], "sigma is x"),
    ],
)
def test_bad_words_are_one_line(run, gray, tmp_path, monkeypatch, words, what):
    monkeypatch.chdir(tmp_path)
    save_noise(tmp_path / "a.png", 30, 40)
    outcome = run("explain", gray, *words, "-o", "out")
    assert outcome.code == 1
    assert what in outcome.err
    assert outcome.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_model_of_pixels_has_weights_only(run, tv, tmp_path):
    photo = save_noise(tmp_path / "a.png", 30, 40)
    outcome = run("explain", tv, photo, "--at", "3,2", "-o", tmp_path / "out")
    assert outcome.code == 1
    assert "works on pixels, it has no patches and no atoms" in outcome.err
    assert run("explain", tv, "-o", tmp_path / "out").code == 0
    assert (tmp_path / "out" / "neighbours_weights.png").is_file()


@pytest.mark.parametrize("name", ["alr-color", "nsr-upscale-x2"])
def test_a_network_is_no_sparse_code(run, tmp_path, name):
    outcome = run("explain", name, "-o", tmp_path / "out")
    assert (outcome.code, f"{name} is a network" in outcome.err) == (1, True)
    photo = save_noise(tmp_path / "a.png", 30, 40)
    outcome = run("explain", name, photo, "--at", "3,2", "-o", tmp_path / "out")
    assert (outcome.code, outcome.err.count("\n")) == (1, 1)
    assert not (tmp_path / "out").exists()


def test_the_output_must_be_a_folder(run, gray, tmp_path):
    (tmp_path / "out").write_text("a file")
    outcome = run("explain", gray, "-o", tmp_path / "out")
    assert (outcome.code, "is not a folder" in outcome.err) == (1, True)
    assert run("explain", "nobody", "-o", tmp_path / "new").code == 1
