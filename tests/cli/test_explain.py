"""`sparsight explain`."""

import json

import numpy as np
import pytest
from PIL import Image
from tests.cli.makers import SMALL, save_model, save_noise
from tests.files.makers import noise

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


def test_a_place_is_where_a_viewer_shows_it(run, gray, tmp_path):
    exif, pixels = Image.Exif(), noise(30, 40)
    exif[274] = 6
    turned = Image.fromarray(pixels).transpose(Image.Transpose.ROTATE_90)
    turned.save(tmp_path / "turned.png", exif=exif)
    Image.fromarray(pixels).save(tmp_path / "plain.png")
    stories = []
    for name in ("turned", "plain"):
        words = ("--at", "39,2", "--sigma", "20", "-o", tmp_path / name)
        assert run("explain", gray, tmp_path / f"{name}.png", *words).code == 0
        stories.append(json.loads((tmp_path / name / "patch.json").read_text()))
    assert [story.pop("image") for story in stories] == ["turned.png", "plain.png"]
    assert stories[0] == stories[1]


def test_the_noise_level_is_estimated(run, gray, tmp_path):
    photo = save_noise(tmp_path / "a.png", 30, 40)
    outcome = run("explain", gray, photo, "--at", "3,2", "-o", tmp_path / "out")
    assert outcome.code == 0, outcome.err
    assert "no neighbours" in outcome.out
    assert json.loads((tmp_path / "out/patch.json").read_text())["sigma"] > 5


def test_noise_fainter_than_any_that_was_trained_for_is_told_of(run, gray, tmp_path):
    photo = save_noise(tmp_path / "a.png", 30, 40)
    words = ("explain", gray, photo, "--at", "3,2", "-o", tmp_path / "out", "--sigma")
    assert "only as far as it can be noise" in run(*words, "4").out
    assert "only as far as it can be noise" not in run(*words, "5").out
    colour = save_noise(tmp_path / "b.png", 30, 40, 3)  # whose luminance has less noise
    words = ("explain", gray, colour, "--at", "3,2", "-o", tmp_path / "out", "--sigma")
    assert "only as far as it can be noise" in run(*words, "4").out
    assert "only as far as it can be noise" not in run(*words, "6").out


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["a.png", "--at", "40,2"], "at is 40,2; the image is 40 x 30"),
        (["a.png", "--at", "-1,2"], "give x from 0 to 39"),
        (["a.png", "--at", "1;2"], "at is 1;2; give column and row of a pixel"),
        (["a.png", "--at", "1,2,3"], "give column and row"),
        (["a.png"], "IMAGE and --at X,Y go together"),
        (["--sigma", "9"], "--sigma and --quality go with IMAGE and --at"),
        (["--quality", "30"], "--sigma and --quality go with IMAGE and --at"),
        (["--at", "1,2"], "IMAGE and --at X,Y go together"),
        (["b.png", "--at", "1,2"], "b.png: there is no such file"),
        (["a.png", "--at", "1,2", "--sigma", "x"], "sigma is x"),
        (["a.png", "--at", "1,2", "--quality", "30"], "quality is 30; this model undoes no JPEG"),
    ],
)
def test_bad_words_are_one_line(run, gray, tmp_path, monkeypatch, words, what):
    monkeypatch.chdir(tmp_path)
    save_noise(tmp_path / "a.png", 30, 40)
    outcome = run("explain", gray, *words, "-o", "out")
    assert outcome.code == 1
    assert what in outcome.err
    assert outcome.err.count("\n") == 1
    assert outcome.out == ""
    assert not (tmp_path / "out").exists()


def test_a_place_outside_is_refused_before_anything_is_said(run, gray, tmp_path):
    photo = save_noise(tmp_path / "a.png", 30, 40, 3)
    outcome = run("explain", gray, photo, "--at", "40,2", "-o", tmp_path / "out")
    assert (outcome.code, outcome.out) == (1, "")


def test_a_pixel_of_a_game(run, tv, tmp_path):
    photo = save_noise(tmp_path / "a.png", 30, 40)
    outcome = run("explain", tv, photo, "--at", "3,2", "--sigma", "20", "-o", tmp_path / "out")
    assert outcome.code == 0, outcome.err
    assert "8 of 8 neighbours" in outcome.out
    assert "by neighbours" in outcome.out
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"pixel.json", "neighbours.png", "steps.png", "weights.png"}
    story = json.loads((tmp_path / "out/pixel.json").read_text())
    assert (story["x"], story["y"], story["sigma"]) == (3, 2, pytest.approx(20))
    with Image.open(photo) as image:
        assert story["noisy"][0] == pytest.approx(image.getpixel((3, 2)) / 255)
    assert f"{255 * story['estimate'][0]:.1f} (8-bit)" in outcome.out
    assert run("explain", tv, "-o", tmp_path / "out").code == 0
    assert (tmp_path / "out" / "neighbours_weights.png").is_file()


def test_smoothing_and_shares_are_shown_as_they_enter_the_model(run, tv, groupsc, tmp_path):
    run("explain", tv, "-o", tmp_path / "tv")
    banks = json.loads((tmp_path / "tv/parameters.json").read_text())["banks"]
    assert min(banks["prior_smoothing"]["least"]) > 0
    run("explain", groupsc, "-o", tmp_path / "groupsc")
    banks = json.loads((tmp_path / "groupsc/parameters.json").read_text())["banks"]
    assert banks["neighbours_nu"]["median"] == [pytest.approx(0.731, abs=1e-3)] * 2


def test_a_colour_model_and_a_colour_photograph(run, models, tmp_path):
    color = models / "sc-color.safetensors"
    photo = save_noise(tmp_path / "a.png", 30, 40, 3)
    out = tmp_path / "out"
    outcome = run("explain", color, photo, "--at", "9,8", "--sigma", "20", "-o", out)
    assert outcome.code == 0, outcome.err
    assert "luminance" not in outcome.out
    assert np.shape(json.loads((out / "patch.json").read_text())["noisy"]) == (3, 5, 5)
    assert run("explain", color, "-o", out).code == 0
    with Image.open(out / "D.png") as picture:
        red, green, blue = np.asarray(picture).reshape(-1, 3).T
    assert ((red != green) | (green != blue)).mean() > 0.2


@pytest.fixture(scope="module")
def jpeg(tmp_path_factory) -> str:
    """Sparse coding of JPEG: levels are qualities."""
    bound = bind("sc-jpeg", SMALL[:3])
    record = {"recipe": "sc-jpeg", "arguments": bound.arguments()}
    path = tmp_path_factory.mktemp("model") / "sc-jpeg.safetensors"
    save_weights(bound.model(), record, path)
    return str(path)


@pytest.mark.parametrize("recipe", ["sc-demosaick", "groupsc-demosaick", "sc-inpaint"])
def test_a_model_of_gaps(run, recipe, tmp_path):
    bound = bind(recipe, [*SMALL[:3], *(["window=12"] if "group" in recipe else [])])
    path = tmp_path / f"{recipe}.safetensors"
    save_weights(bound.model(), {"recipe": recipe, "arguments": bound.arguments()}, path)
    weights = run("explain", path, "-o", tmp_path / "out")
    assert (weights.code, "no noise" in weights.out, "sigma" in weights.out) == (0, True, False)
    photo = save_noise(tmp_path / "a.png", 30, 40, 3)
    outcome = run("explain", path, photo, "--at", "9,8", "-o", tmp_path / "at")
    assert outcome.code == 0, outcome.err
    assert ("RGGB mosaic of the photograph" in outcome.out) == ("demosaick" in recipe)
    story = json.loads((tmp_path / "at/patch.json").read_text())
    assert story["sigma"] is None
    assert np.isfinite(story["estimate"]).all()
    with Image.open(photo) as image:
        middle = np.asarray(image)[8, 9] / 255
    seen = np.array(story["noisy"])[:, 2, 2]
    # The pixel at 9,8 is a green one of its mosaic.
    observed = [1] if "demosaick" in recipe else [0, 1, 2]
    assert seen[observed] == pytest.approx(middle[observed], abs=1e-6)


def test_a_model_of_jpeg_knows_qualities(run, jpeg, tmp_path):
    outcome = run("explain", jpeg, "-o", tmp_path / "out")
    assert outcome.code == 0, outcome.err
    assert "quality 10 to quality 40" in outcome.out
    photo = save_noise(tmp_path / "a.jpg", 30, 40, quality=20)
    outcome = run("explain", jpeg, photo, "--at", "9,8", "-o", tmp_path / "at")
    assert outcome.code == 0, outcome.err
    assert "sc-jpeg at 9,8, quality 20" in outcome.out
    assert json.loads((tmp_path / "at/patch.json").read_text())["quality"] == pytest.approx(20)
    fine = run("explain", jpeg, photo, "--at", "9,8", "--quality", "95", "-o", tmp_path / "fine")
    assert "quality 95 is restored as 40, the nearest it was trained for; 8% of" in fine.out
    assert json.loads((tmp_path / "fine/patch.json").read_text())["quality"] == pytest.approx(40)
    plain = save_noise(tmp_path / "a.png", 30, 40)
    words = ("explain", jpeg, plain, "--at", "9,8", "-o", tmp_path / "png")
    lacking = run(*words)
    assert (lacking.code, "is no JPEG; give --quality" in lacking.err) == (1, True)
    assert run(*words, "--quality", "30").code == 0
    noise = run(*words, "--quality", "30", "--sigma", "9")
    assert (noise.code, "sigma is 9; this model removes no noise" in noise.err) == (1, True)


def test_an_analysis_operator_is_drawn(run, tmp_path):
    assert run("explain", "blorc-gray", "-o", tmp_path / "out").code == 0
    with Image.open(tmp_path / "out/W.png") as picture:
        assert min(picture.size) > 100
    photo = save_noise(tmp_path / "a.png", 30, 40)
    outcome = run("explain", "blorc-gray", photo, "--at", "9,8", "-o", tmp_path / "at")
    assert (outcome.code, "neither atoms nor neighbours" in outcome.err) == (1, True)


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
