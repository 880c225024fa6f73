"""Mosaics and holes on folders: the figures are those of the images that come out."""

import json

import numpy as np
import pytest
import torch
from PIL import Image
from tests.cli.test_gaps import save_model
from tests.files.makers import noise

from sparsight.bench.gaps import bench_demosaick, bench_inpaint
from sparsight.cli import main
from sparsight.metrics import psnr
from sparsight.operators import bayer_mask
from sparsight.zoo import load_demosaicker, load_inpainter


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clean")
    for number in range(2):
        Image.fromarray(noise(30, 34, 3, seed=number)).save(folder / f"{number}.png")
    return folder


def test_a_mosaic_is_measured_over_all_pixels(folder, tmp_path):
    filler = load_demosaicker(save_model(tmp_path / "a.safetensors", "sc-demosaick"))
    paths = sorted(folder.iterdir())
    wanted = []
    for path in paths:
        clean = torch.from_numpy(np.array(Image.open(path))).permute(2, 0, 1) / 255
        y = clean.masked_fill(bayer_mask("GRBG", (30, 34))[0] == 0, torch.nan)
        wanted.append(psnr(filler(y[None])[0].clamp(0, 1), clean))
    result = bench_demosaick(filler, paths, "GRBG")
    assert result.psnr == pytest.approx(sum(wanted) / 2, abs=1e-4)
    assert result.images == 2


def test_more_holes_are_worse_and_always_the_same(folder, tmp_path):
    filler = load_inpainter(save_model(tmp_path / "a.safetensors", "sc-inpaint"))
    paths = sorted(folder.iterdir())
    few, many = (bench_inpaint(filler, paths, lost).psnr for lost in (0.1, 0.6))
    assert few > many + 3
    assert bench_inpaint(filler, paths, 0.1).psnr == few


def test_commands_write_what_they_show(folder, tmp_path):
    mosaics = save_model(tmp_path / "a.safetensors", "sc-demosaick")
    holes = save_model(tmp_path / "b.safetensors", "sc-inpaint")
    words = ["--data", str(folder), "--json", str(tmp_path / "x.json"), "--model"]
    assert main(["bench", "demosaick", *words, mosaics]) == 0
    record = json.loads((tmp_path / "x.json").read_text())
    assert [r["pattern"] for r in record["results"]] == ["RGGB"]
    assert main(["bench", "inpaint", *words, holes, "--lost", "0.1", "0.3"]) == 0
    record = json.loads((tmp_path / "x.json").read_text())
    assert [r["lost"] for r in record["results"]] == [0.1, 0.3]
    assert main(["bench", "inpaint", *words, holes, "--lost", "1"]) == 1
