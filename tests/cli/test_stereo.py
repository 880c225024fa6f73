"""bench stereo, on made scenes."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from sparsight.data.stereo import middlebury_2003
from sparsight.metrics.stereo import bad_pixels
from sparsight.networks import SmallStereo
from sparsight.training.stereo import StereoSchedule, draw_crops, fit_stereo

HEIGHT, WIDTH, SHIFT = 132, 264, 12


def save_scene(folder, names, per_pixel: int, seed: int) -> None:
    folder.mkdir(parents=True)
    wide = np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH + SHIFT, 3), np.uint8)
    left, right, disparity = names
    Image.fromarray(wide[:, :WIDTH]).save(folder / left)
    Image.fromarray(wide[:, SHIFT:]).save(folder / right)
    truth = np.full((HEIGHT, WIDTH), SHIFT * per_pixel, np.uint8)
    Image.fromarray(truth).save(folder / disparity)


@pytest.fixture
def scenes(tmp_path):
    new, old = ("view1.png", "view5.png", "disp1.png"), ("im2.png", "im6.png", "disp2.png")
    for seed, name in enumerate(("Aloe", "Baby1", "Midd2")):
        save_scene(tmp_path / "2006" / name, new, 3, seed)
    save_scene(tmp_path / "2003" / "Cones", old, 4, 9)
    return tmp_path


def test_bench_goes_on_where_it_was(run, scenes):
    file, page = scenes / "s.json", scenes / "s.md"
    words = ["--train", scenes / "2006", "--test", scenes / "2003", "--steps", 1, "--more", 1]
    outcome = run("bench", "stereo", *words, "--seeds", 1, "--json", file)
    assert outcome.code == 0, outcome.err
    first = json.loads(file.read_text())
    assert first["trained_on"] == 2
    assert first["held_out"] == ["Midd2"]
    assert len(first["results"]) == 4
    again = run("bench", "stereo", *words, "--seeds", 2, "--json", file, "--page", page)
    assert again.code == 0, again.err
    results = json.loads(file.read_text())["results"]
    assert results[:4] == first["results"]
    assert [result["seed"] for result in results[4:]] == [1] * 4
    bare = [r["errors"]["Cones"] for r in results if r["arm"] == "network"]
    assert f"| network | {np.mean(bare):.2f} ± {np.std(bare, ddof=1):.2f} |" in page.read_text()
    assert "over 2 seeds" in page.read_text()
    words[-1] = 2
    other = run("bench", "stereo", *words, "--seeds", 1, "--json", file)
    assert "holds no results of these settings" in other.err
    file.write_text("no JSON")
    spoilt = run("bench", "stereo", *words, "--seeds", 1, "--json", file)
    assert (spoilt.code, "holds no results of these settings" in spoilt.err) == (1, True)
    assert file.read_text() == "no JSON"


def test_a_folder_of_something_else(run, scenes):
    words = ("--train", scenes / "2003", "--test", scenes / "2003")
    outcome = run("bench", "stereo", *words)
    assert outcome.code == 1
    assert "it must hold SCENE/view1.png" in outcome.err


def test_bad_pixels_are_those_more_than_three_off():
    truth = torch.zeros(1, 5)
    guess = torch.tensor([[0.0, 3.0, 3.1, -4.0, 9.0]])
    counted = torch.tensor([[True, True, True, True, False]])
    assert bad_pixels(guess, truth, counted) == 50


def test_a_network_learns_and_crops_repeat(scenes):
    pairs = [file.load() for file in middlebury_2003(scenes / "2003")]
    schedule = StereoSchedule(6, batch=1, height=32, width=64, max_disparity=16)
    for ours, again in zip(draw_crops(pairs, schedule, 3), draw_crops(pairs, schedule, 3)):
        assert torch.equal(ours, again)
    torch.manual_seed(0)
    network = SmallStereo(16)

    def error() -> float:
        left, right, truth = draw_crops(pairs, schedule, 99)
        with torch.no_grad():
            return (network(left, right) - truth).abs().mean().item()

    before = error()
    fit_stereo(network, pairs, schedule)
    assert error() < 0.9 * before
