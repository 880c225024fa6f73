"""`sparsight deblock` on real files, with tiny networks."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image
from tests.cli.makers import SMALL, pixels, save_noise
from tests.files.makers import exif_block, icc_profile, noise, png, read_png

from sparsight.data import compress, image_paths, read_luma
from sparsight.files import open_photo
from sparsight.metrics import psnr
from sparsight.models import Deblocker, Tiled
from sparsight.networks import Enhancer, plain, sparse
from sparsight.ops import full_luma
from sparsight.recipes import bind
from sparsight.zoo import load_deblocker, save_weights

NUMBERS = ["blocks=1", "features=8", "groups_k=2", "cardinality=4", "patch=4"]


def save_model(path, recipe: str, numbers: list[str]) -> str:
    torch.manual_seed(0)
    bound = bind(recipe, numbers)
    schedule = asdict(bound.schedule)
    model = bound.model()
    if isinstance(model, Enhancer):  # what it says must matter
        for name, values in model.named_parameters():
            if "tail" in name:
                values.data *= 10
    record = {"recipe": recipe, "arguments": bound.arguments(), "schedule": schedule}
    save_weights(model, record, path)
    return str(path)


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> str:
    return save_model(tmp_path_factory.mktemp("nets") / "a.safetensors", "nsr-deblock", NUMBERS)


def test_grey_is_what_the_network_says(tmp_path, run, model):
    source = save_noise(tmp_path / "a.jpg", 21, 33, quality=20)
    outcome = run("deblock", source, "-o", tmp_path / "b.png", "--model", model)
    assert outcome.code == 0, outcome.err
    assert f"quality 20 -> {tmp_path / 'b.png'}" in outcome.out
    y = torch.from_numpy(open_photo(source).read_rows(0, 21))[None]
    network = load_deblocker(model).model
    wanted = network(y, 0.2)[0, 0].clamp(0, 1).mul(255).round().numpy()
    assert np.abs(wanted - pixels(source)).max() > 1
    np.testing.assert_array_equal(pixels(tmp_path / "b.png"), wanted.astype(np.uint8))


def test_colour_keeps_its_chroma_and_only_luma_changes(tmp_path):
    deblocker = Deblocker(Tiled(network(), 8), (10, 40))
    y = torch.rand(1, 3, 20, 30, generator=torch.Generator().manual_seed(0))
    x = deblocker(y, 20)
    before, after = (t - full_luma(t) for t in (y, x))
    torch.testing.assert_close(after, before, atol=1e-6, rtol=0)
    torch.testing.assert_close(full_luma(x), deblocker.model(full_luma(y), 0.2))


def network(convolution=plain) -> Enhancer:
    torch.manual_seed(0)
    made = Enhancer(1, 2, 8, 1, convolution).eval()
    for name, values in made.named_parameters():
        if "tail" in name or "side" in name:
            values.data *= 10
    return made


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("convolution", [plain, sparse(2, 4, patch=4)], ids=["plain", "sparse"])
def test_tiles_show_no_seam(convolution, channels):
    whole, tiled = (Deblocker(Tiled(network(convolution), side), (10, 40)) for side in (512, 8))
    y = torch.rand(1, channels, 50, 41, generator=torch.Generator().manual_seed(0))
    size = (channels, 50, 41)
    assert tiled.steps(size) > whole.steps(size) == 1
    torch.testing.assert_close(tiled(y, 30), whole(y, 30), atol=1e-5, rtol=0)
    strips = dict(tiled.strips(lambda top, bottom: y[0, :, top:bottom], size, 30))
    together = torch.cat([strips[top] for top in sorted(strips)], 1)
    torch.testing.assert_close(together, whole(y, 30)[0], atol=1e-5, rtol=0)


def test_unrolled_models_work_as_well(tmp_path, run):
    numbers = [*SMALL, "quality_low=10", "quality_high=40"]
    weights = save_model(tmp_path / "sc.safetensors", "sc-gray", numbers)
    source = save_noise(tmp_path / "a.jpg", 30, 33, 3, quality=30)
    outcome = run("deblock", source, "-o", tmp_path / "b.png", "--model", weights)
    assert outcome.code == 0, outcome.err
    assert pixels(tmp_path / "b.png").shape == (30, 33, 3)


def test_more_effort_is_another_answer_and_an_unknown_one_is_refused(tmp_path, run):
    numbers = ["atoms=12", "depth=4", "patch=5", "refresh=2", "window=12"]
    weights = save_model(tmp_path / "groups.safetensors", "groupsc-jpeg", numbers)
    source = save_noise(tmp_path / "a.jpg", 40, 43, 3, quality=30)
    for effort in ("best", "balanced"):
        words = ["-o", tmp_path / f"{effort}.png", "--model", weights, "--effort", effort]
        assert run("deblock", source, *words).code == 0
    best, balanced = (pixels(tmp_path / f"{effort}.png") for effort in ("best", "balanced"))
    assert (best != balanced).any()
    words = ["-o", tmp_path / "b.png", "--model", weights, "--effort", "finest"]
    outcome = run("deblock", source, *words)
    assert outcome.code == 1
    assert "effort is finest; choose one of best, exact, balanced, fast" in outcome.err


def test_the_quality_is_read_or_given(tmp_path, run, model):
    source = save_noise(tmp_path / "a.jpg", 20, 30, 3, quality=35)
    words = ["deblock", source, "--model", model, "-o"]
    assert "quality 35 ->" in run(*words, tmp_path / "b.png").out
    assert "quality 12 ->" in run(*words, tmp_path / "c.png", "--quality", 12).out
    assert not np.array_equal(pixels(tmp_path / "b.png"), pixels(tmp_path / "c.png"))
    out = run(*words, tmp_path / "d.png", "--quality", 90).out
    assert "quality 90, restored as 40" in out


def test_codes_for_low_qualities_and_the_network_for_others(tmp_path, run, monkeypatch, model):
    weights = Path(model).read_bytes()
    monkeypatch.setattr("sparsight.zoo.store.FOLDER", tmp_path)
    taken = []
    for name in ("nsr-deblock", "sc-jpeg"):
        (tmp_path / f"{name}.safetensors").write_bytes(weights)
        for quality in (40, 41):
            source = save_noise(tmp_path / "a.jpg", 20, 30, 3, quality=quality)
            outcome = run("deblock", source, "-o", tmp_path / "b.png", "--overwrite")
            assert outcome.code == 0, outcome.err
            taken.append(outcome.out.split(": ")[1].split(",")[0])
    assert taken == ["nsr-deblock", "nsr-deblock", "sc-jpeg", "nsr-deblock"]


def test_a_png_has_no_tables(tmp_path, run, model):
    source = save_noise(tmp_path / "a.png", 20, 30, 3)
    words = ["deblock", source, "--model", model, "-o", tmp_path / "b.png"]
    outcome = run(*words)
    assert outcome.code == 1
    assert "it is no JPEG, so that its quality cannot be read; give --quality" in outcome.err
    assert outcome.err.count("\n") == 1
    assert not (tmp_path / "b.png").exists()
    assert run(*words, "--quality", "20").code == 0


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_alpha_and_depth_are_kept(tmp_path, run, model, dtype):
    array = noise(21, 33, 4, dtype=dtype)
    (tmp_path / "a.png").write_bytes(png(array))
    words = ["--quality", 20, "-o", tmp_path / "b.png", "--model", model]
    assert run("deblock", tmp_path / "a.png", *words).code == 0
    after = read_png((tmp_path / "b.png").read_bytes())
    assert after.dtype.newbyteorder("=") == array.dtype
    np.testing.assert_array_equal(after[..., 3], array[..., 3])


def test_exif_and_profile_survive(tmp_path, run, model):
    source = save_noise(
        tmp_path / "a.jpg", 20, 30, 3, quality=20, exif=exif_block(), icc_profile=icc_profile()
    )
    for name in ("b.jpg", "b.png", "b.webp"):
        assert run("deblock", source, "-o", tmp_path / name, "--model", model).code == 0
        with Image.open(tmp_path / name) as image, Image.open(source) as before:
            assert image.info["icc_profile"] == before.info["icc_profile"]
            assert dict(image.getexif()) == dict(before.getexif())


def test_float_tiff_keeps_its_range(tmp_path, run, model):
    array = 1000 * noise(20, 24, dtype="float32")
    tifffile.imwrite(tmp_path / "a.tif", array)
    words = ["--quality", "30", "-o", tmp_path / "b.tif", "--model", model]
    assert run("deblock", tmp_path / "a.tif", *words).code == 0
    after = tifffile.imread(tmp_path / "b.tif")
    assert after.dtype == np.float32
    assert after.mean() == pytest.approx(array.mean(), rel=0.3)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--quality", "0"], "quality is 0.0; give a JPEG quality between 1 and 100"),
        (["--model", "sc-gray"], "sc-gray was not trained on JPEG"),
        (["--model", "nsr-upscale-x2"], "nsr-upscale-x2 was not trained on JPEG"),
        (["--model", "nobody"], "no model is called nobody"),
    ],
)
def test_refusals(tmp_path, run, words, message):
    source = save_noise(tmp_path / "a.jpg", 20, 20, 3)
    outcome = run("deblock", source, "-o", tmp_path / "b.png", *words)
    assert outcome.code == 1
    assert message in outcome.err
    assert outcome.err.count("\n") == 1
    assert not (tmp_path / "b.png").exists()


def test_denoise_takes_no_deblocker(tmp_path, run, model):
    source = save_noise(tmp_path / "a.jpg", 20, 20, 3)
    outcome = run("denoise", source, "-o", tmp_path / "b.png", "--model", model, "--sigma", 5)
    assert outcome.code == 1
    assert "undoes JPEG and does not denoise; use `sparsight deblock`" in outcome.err


def test_help_needs_no_torch(run):
    before = "torch" in sys.modules
    assert "artefacts of JPEG" in run("deblock", "--help").out
    assert before == ("torch" in sys.modules)


def test_a_benchmark_stands_beside_the_jpeg(tmp_path, run, model):
    for number in range(2):
        save_noise(tmp_path / "set" / f"{number}.png", 41, 37, 3, seed=number)
    words = ["--data", tmp_path / "set", "--model", model, "--quality", 10, 40]
    outcome = run("bench", "deblock", *words, "--json", tmp_path / "b.json")
    assert outcome.code == 0, outcome.err
    results = json.loads((tmp_path / "b.json").read_text())["results"]
    assert [result["jpeg_quality"] for result in results] == [10, 40]
    clean = [read_luma(path) for path in image_paths(tmp_path / "set")]
    for result in results:
        quality = result["jpeg_quality"]
        jpegs = [compress(x, quality) / 255 for x in clean]
        restored = [load_deblocker(model)(y[None], quality)[0] for y in jpegs]
        for key, observed in (("jpeg_psnr", jpegs), ("psnr", restored)):
            wanted = sum(psnr(x, c / 255) for x, c in zip(observed, clean)) / 2
            assert result[key] == pytest.approx(wanted, abs=1e-3)
