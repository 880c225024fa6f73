"""`sparsight demosaick` and `restore inpaint` by codes on real files, with tiny models."""

from dataclasses import asdict

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image, ImageOps
from tests.cli.makers import pixels, save_noise
from tests.files.makers import exif_block, icc_profile, noise

from sparsight.files import as_stored
from sparsight.operators import PATTERNS, bayer_mask
from sparsight.recipes import bind
from sparsight.zoo import save_weights

NUMBERS = ["atoms=32", "depth=2", "patch=5"]


def save_model(path, recipe: str) -> str:
    torch.manual_seed(0)
    bound = bind(recipe, NUMBERS)
    record = {"recipe": recipe, "arguments": bound.arguments(), "schedule": asdict(bound.schedule)}
    save_weights(bound.model(), record, path)
    return str(path)


@pytest.fixture(scope="module")
def mosaics(tmp_path_factory) -> str:
    return save_model(tmp_path_factory.mktemp("nets") / "a.safetensors", "sc-demosaick")


@pytest.fixture(scope="module")
def holes(tmp_path_factory) -> str:
    return save_model(tmp_path_factory.mktemp("nets") / "b.safetensors", "sc-inpaint")


def seen(pattern: str, *size: int) -> np.ndarray:
    return bayer_mask(pattern, size)[0].bool().permute(1, 2, 0).numpy()


@pytest.mark.parametrize("pattern", PATTERNS)
def test_samples_of_8_bits_stay_where_they_were(tmp_path, run, mosaics, pattern):
    raw = noise(21, 34)
    tifffile.imwrite(tmp_path / "raw.tif", raw, photometric="minisblack")
    words = ["--pattern", pattern, "--model", mosaics, "-o", tmp_path / "b.png"]
    outcome = run("demosaick", tmp_path / "raw.tif", *words)
    assert outcome.code == 0, outcome.err
    assert f"{pattern}, white 255" in outcome.out
    found, kept = pixels(tmp_path / "b.png"), seen(pattern, 21, 34)
    assert found.shape == (21, 34, 3)
    np.testing.assert_array_equal(found[kept], raw[:, :, None].repeat(3, 2)[kept])
    assert (found[~kept] > 0).any()


@pytest.mark.parametrize(("peak", "white"), [(1000, 1023), (4095, 4095), (60_000, 65_535)])
def test_white_is_that_of_the_bits_in_use_and_numbers_stay(tmp_path, run, mosaics, peak, white):
    raw = (noise(20, 23).astype(np.float64) / 255 * (peak - 1)).astype(np.uint16)
    raw[0, 0] = peak
    np.save(tmp_path / "raw.npy", raw)
    words = ["--pattern", "rggb", "--model", mosaics, "-o", tmp_path / "b.tif"]
    outcome = run("demosaick", tmp_path / "raw.npy", *words)
    assert outcome.code == 0, outcome.err
    assert f"white {white:g} ->" in outcome.out
    found, kept = tifffile.imread(tmp_path / "b.tif"), seen("RGGB", 20, 23)
    assert found.dtype == np.uint16
    np.testing.assert_array_equal(found[kept], raw[:, :, None].repeat(3, 2)[kept])


@pytest.mark.parametrize(("dtype", "white"), [("uint8", 300), ("uint16", 70_000)])
def test_white_beyond_what_a_file_holds_turns_nothing_black(tmp_path, run, mosaics, dtype, white):
    full = np.iinfo(dtype).max
    np.save(tmp_path / "raw.npy", np.full((20, 23), full, dtype))
    words = ["--pattern", "RGGB", "--model", mosaics, "-o", tmp_path / "b.tif", "--white", white]
    assert run("demosaick", tmp_path / "raw.npy", *words).code == 0
    found = tifffile.imread(tmp_path / "b.tif")
    assert (found.dtype, found.max()) == (dtype, full)
    assert found.min() > 0.5 * full


def test_floats_and_metadata_go_through(tmp_path, run, mosaics):
    raw = np.random.default_rng(0).random((16, 18), dtype=np.float32)
    np.save(tmp_path / "raw.npy", raw)
    words = ["--pattern", "GBRG", "--model", mosaics, "-o"]
    assert run("demosaick", tmp_path / "raw.npy", *words, tmp_path / "b.tif").code == 0
    kept = seen("GBRG", 16, 18)
    found = tifffile.imread(tmp_path / "b.tif")
    np.testing.assert_array_equal(found[kept], raw[:, :, None].repeat(3, 2)[kept])
    Image.fromarray(noise(16, 18)).save(tmp_path / "raw.png", exif=exif_block())
    assert run("demosaick", tmp_path / "raw.png", *words, tmp_path / "c.png").code == 0
    with Image.open(tmp_path / "c.png") as image:
        assert dict(image.getexif())


@pytest.mark.parametrize("ending", ["png", "tif", "jpg"])
def test_a_profile_of_grey_is_left_out(tmp_path, run, mosaics, ending):
    profile = bytearray(icc_profile())
    profile[16:20] = b"GRAY"
    kind = "tif" if ending == "tif" else "png"
    Image.fromarray(noise(16, 18)).save(tmp_path / f"raw.{kind}", icc_profile=bytes(profile))
    words = ["--pattern", "RGGB", "--model", mosaics, "-o", tmp_path / f"b.{ending}"]
    assert run("demosaick", tmp_path / f"raw.{kind}", *words).code == 0
    with Image.open(tmp_path / f"b.{ending}") as image:
        assert (image.mode, image.info.get("icc_profile")) == ("RGB", None)


@pytest.mark.parametrize(
    ("make", "words", "told"),
    [
        (lambda p: np.save(p, np.zeros((9, 9, 3), np.uint8)), [], "a mosaic has rows and columns"),
        (lambda p: np.save(p, np.zeros((9, 9), np.int32)), [], "it holds int32 numbers"),
        (lambda p: np.save(p, np.full((9, 9), np.nan)), [], "NaN"),
        (lambda p: np.save(p, np.full((9, 9), 1e39)), [], "it holds numbers beyond 3.4e+38"),
        (lambda p: np.save(p, np.zeros((0, 9), np.uint8)), [], "it is empty"),
        (lambda p: np.save(p, np.zeros((0, 9))), [], "it is empty"),
        (
            lambda p: np.save(p, np.full((9, 9), 300, np.uint16)),
            ["--white", "255"],
            "sample is 300",
        ),
        (lambda p: p.write_bytes(b"no array"), [], "it holds no array of numbers"),
        (lambda p: p.write_bytes(b""), [], "raw.npy"),
        (lambda p: None, [], "raw.npy"),
        (lambda p: np.save(p, np.zeros((4, 9), np.uint8)), [], "raw.npy: the image is 4x9;"),
        (lambda p: np.save(p, np.zeros((9, 9), np.uint8)), ["--pattern", "RGBG"], "choose one of"),
    ],
)
def test_what_is_no_mosaic_is_refused_in_a_line(tmp_path, run, mosaics, make, words, told):
    make(tmp_path / "raw.npy")
    usual = ["--pattern", "RGGB", "--model", mosaics, "-o", tmp_path / "b.png"]
    outcome = run("demosaick", tmp_path / "raw.npy", *usual, *words)
    assert outcome.code == 1
    assert told in outcome.err
    assert outcome.err.count("\n") == 1
    assert not (tmp_path / "b.png").exists()


def test_colour_pictures_and_other_models_are_refused(tmp_path, run, mosaics, holes):
    source = save_noise(tmp_path / "a.png", 20, 20, 3)
    words = ["--pattern", "RGGB", "-o", tmp_path / "b.png", "--model"]
    assert "it has 3 channels" in run("demosaick", source, *words, mosaics).err
    grey = save_noise(tmp_path / "g.png", 20, 20)
    assert "was not trained on mosaics" in run("demosaick", grey, *words, holes).err
    denoised = run("denoise", grey, "-o", tmp_path / "b.png", "--model", mosaics)
    assert "use `sparsight demosaick`" in denoised.err


@pytest.mark.parametrize("channels", [(), (3,), (4,)])
def test_small_holes_are_filled_and_the_rest_stays(tmp_path, run, holes, channels):
    source = save_noise(tmp_path / "a.png", 24, 31, *channels)
    lost = np.random.default_rng(0).random((24, 31)) < 0.3
    Image.fromarray((~lost * 255).astype(np.uint8)).save(tmp_path / "mask.png")
    words = ["--mask", tmp_path / "mask.png", "--model", holes, "-o", tmp_path / "b.png"]
    outcome = run("restore", "inpaint", source, *words)
    assert outcome.code == 0, outcome.err
    assert "of its pixels filled" in outcome.out
    before, after = pixels(source), pixels(tmp_path / "b.png")
    np.testing.assert_array_equal(after[~lost], before[~lost])
    assert (after[lost] != before[lost]).any()


def test_large_holes_and_strengths_are_refused(tmp_path, run, holes):
    source = save_noise(tmp_path / "a.png", 24, 31, 3)
    mask = np.full((24, 31), 255, np.uint8)
    mask[8:14, 9:15] = 0
    Image.fromarray(mask).save(tmp_path / "mask.png")
    words = ["--mask", tmp_path / "mask.png", "--model", holes, "-o", tmp_path / "b.png"]
    assert "a whole patch" in run("restore", "inpaint", source, *words).err
    for option in ("--strength", "--sigma", "--steps"):
        assert "leave it out" in run("restore", "inpaint", source, *words, option, "2").err
    assert not (tmp_path / "b.png").exists()


@pytest.mark.parametrize("orientation", [3, 6, 7])
def test_a_mask_lies_on_what_a_viewer_shows(tmp_path, run, holes, orientation):
    shown, exif = noise(24, 31, 3), Image.Exif()
    exif[274] = orientation
    stored = as_stored(shown.transpose(2, 0, 1), orientation).transpose(1, 2, 0)
    Image.fromarray(stored).save(tmp_path / "turned.png", exif=exif)
    Image.fromarray(shown).save(tmp_path / "plain.png")
    seen = np.random.default_rng(0).random((24, 31)) > 0.3
    Image.fromarray(seen).save(tmp_path / "mask.png")
    words = ["--mask", tmp_path / "mask.png", "--model", holes, "-o", tmp_path / "b.png"]
    assert run("restore", "inpaint", tmp_path / "turned.png", *words).code == 0
    with Image.open(tmp_path / "b.png") as image:
        assert image.getexif()[274] == orientation
        found = np.asarray(ImageOps.exif_transpose(image))
    np.testing.assert_array_equal(found[seen], shown[seen])
    assert (found[~seen] != shown[~seen]).any()


def test_masks_that_say_something_else(tmp_path, run, holes):
    source = save_noise(tmp_path / "a.png", 24, 31)
    usual = ["restore", "inpaint", source, "--model", holes, "-o", tmp_path / "b.png", "--mask"]
    clear = np.full((24, 31, 4), 255, np.uint8)
    clear[3:5, 3:5, 3] = 0
    Image.fromarray(clear).save(tmp_path / "clear.png")
    assert "transparent in places" in run(*usual, tmp_path / "clear.png").err
    Image.fromarray(np.ones((24, 31), np.uint8)).save(tmp_path / "ones.png")
    assert "nowhere lighter than 1 of 255" in run(*usual, tmp_path / "ones.png").err
    np.save(tmp_path / "mask.npy", clear[..., 3] > 0)
    outcome = run(*usual, tmp_path / "mask.npy")
    assert (outcome.code, "0.5 % of its pixels filled" in outcome.out) == (0, True)
