"""One photograph of every kind goes through `sparsight denoise`."""

import re

import numpy as np
import pytest
import tifffile
from PIL import Image
from skimage import data
from tests.cli.makers import pixels, save_model, save_noise
from tests.files.makers import exif_block, icc_profile, noise, png, read_png

from sparsight.cli.noise import estimate_noise
from sparsight.files import open_photo


def test_a_photo_is_restored_and_its_estimated_noise_is_told(tmp_path, denoise):
    source = save_noise(tmp_path / "a.png", 40, 37, 3)
    outcome = denoise(source, "-o", tmp_path / "b.png")
    assert outcome.code == 0, outcome.err
    assert f"{source}: sigma " in outcome.out
    assert "(estimated)" in outcome.out
    assert "1 restored, 0 skipped, 0 failed" in outcome.out
    assert outcome.err == ""
    assert pixels(tmp_path / "b.png").shape == (40, 37, 3)
    assert (pixels(tmp_path / "b.png") != pixels(source)).any()


def test_a_given_noise_level_is_used(tmp_path, denoise):
    source = save_noise(tmp_path / "a.png", 30, 30)
    for level in ("5", "50"):
        outcome = denoise(source, "-o", tmp_path / f"{level}.png", "--sigma", level)
        assert f"sigma {level}.0 -> " in outcome.out
    assert (pixels(tmp_path / "5.png") != pixels(tmp_path / "50.png")).any()


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_strength_0_returns_the_input_exactly(tmp_path, denoise, dtype, channels):
    array = noise(21, 33, channels, dtype=dtype)
    (tmp_path / "a.png").write_bytes(png(array))
    outcome = denoise(tmp_path / "a.png", "-o", tmp_path / "b.png", "--strength", "0")
    assert outcome.code == 0, outcome.err
    np.testing.assert_array_equal(read_png((tmp_path / "b.png").read_bytes()), array)


def test_alpha_and_depth_survive_a_full_restoration(tmp_path, denoise):
    array = noise(21, 33, 4, dtype="uint16")
    (tmp_path / "a.png").write_bytes(png(array))
    assert denoise(tmp_path / "a.png", "-o", tmp_path / "b.png", "--sigma", "25").code == 0
    restored = read_png((tmp_path / "b.png").read_bytes())
    np.testing.assert_array_equal(restored[..., 3], array[..., 3])
    assert (restored[..., :3] != array[..., :3]).any()


def test_half_the_strength_is_half_the_way(tmp_path, denoise):
    source = tmp_path / "a.tif"
    tifffile.imwrite(source, noise(25, 25, dtype="float32"))
    for share in ("0", "0.5", "1"):
        denoise(source, "-o", tmp_path / f"{share}.tif", "--sigma", "25", "--strength", share)
    none, half, full = (tifffile.imread(tmp_path / f"{s}.tif") for s in ("0", "0.5", "1"))
    np.testing.assert_array_equal(none, tifffile.imread(source))
    np.testing.assert_allclose(half, (none + full) / 2, atol=1e-6)


def test_a_palette_becomes_colour(tmp_path, denoise):
    Image.fromarray(noise(20, 20, 3)).quantize(16).save(tmp_path / "a.png")
    assert denoise(tmp_path / "a.png", "-o", tmp_path / "b.png").code == 0
    assert pixels(tmp_path / "b.png").shape == (20, 20, 3)


def test_exif_and_profile_stay(tmp_path, denoise):
    options = {"exif": b"Exif\0\0" + exif_block(), "icc_profile": icc_profile()}
    source = save_noise(tmp_path / "a.jpg", 40, 40, 3, **options)
    assert denoise(source, "-o", tmp_path / "b.jpg").code == 0
    with Image.open(tmp_path / "b.jpg") as image:
        assert image.info["icc_profile"] == options["icc_profile"]
        assert image.getexif()[0x010F] == "Maker"
        assert image.getexif()[0x0112] == 6


def test_a_large_photo_is_sampled_for_its_noise(tmp_path, denoise):
    rng = np.random.default_rng(0)
    array = np.clip(128 + rng.normal(0, 10, (300, 900)), 0, 255)
    Image.fromarray(array.astype(np.uint8)).save(tmp_path / "a.png")
    outcome = denoise(tmp_path / "a.png", "-o", tmp_path / "b.png")
    estimated = float(outcome.out.partition("sigma ")[2].split()[0])
    assert 9.5 < estimated < 10.5


@pytest.mark.parametrize(("subsampling", "quality"), [(2, 95), (0, 95), (2, 98)])
@pytest.mark.parametrize("sigma", [10, 25])
def test_noise_of_a_jpeg_whose_colour_is_blurred(tmp_path, subsampling, quality, sigma):
    clean = data.astronaut()[100:356, 100:356].astype(float)
    noisy = clean + sigma * np.random.default_rng(0).standard_normal(clean.shape)
    photo = Image.fromarray(noisy.clip(0, 255).round().astype(np.uint8))
    photo.save(tmp_path / "a.jpg", quality=quality, subsampling=subsampling)
    assert estimate_noise(open_photo(tmp_path / "a.jpg")) == pytest.approx(sigma, rel=0.1)


@pytest.mark.parametrize("dtype", ["bfloat16", "float64"])
def test_other_number_formats_give_nearly_the_same(tmp_path, denoise, dtype):
    source = save_noise(tmp_path / "a.png", 30, 30)
    assert denoise(source, "-o", tmp_path / "b.png", "--sigma", "25").code == 0
    words = ("--sigma", "25", "--dtype", dtype, "--device", "cpu")
    assert denoise(source, "-o", tmp_path / "c.png", *words).code == 0
    gap = np.abs(pixels(tmp_path / "b.png").astype(int) - pixels(tmp_path / "c.png"))
    assert gap.max() <= 3


@pytest.mark.parametrize(
    ("shape", "words", "what"),
    [
        ((4, 40), ["--sigma", "25"], "a.png: the image is 4x40; this model needs at least 5x5"),
        ((7, 40), [], "a.png: its 40 x 7 pixels are too few to estimate the noise; give --sigma"),
    ],
)
def test_too_small_a_photo(tmp_path, denoise, shape, words, what):
    source = save_noise(tmp_path / "a.png", *shape)
    outcome = denoise(source, "-o", tmp_path / "b.png", *words)
    assert outcome.code == 1
    assert what in outcome.err
    assert outcome.err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png"]


def test_a_colour_model_refuses_a_grey_photo(tmp_path, run, models):
    source = save_noise(tmp_path / "a.png", 30, 30)
    model = models / "sc-color.safetensors"
    outcome = run("denoise", source, "-o", tmp_path / "b.png", "--model", model)
    assert outcome.code == 1
    assert outcome.err.startswith(f"sparsight: {source}: the image is grey; this model restores")
    colour = save_noise(tmp_path / "c.png", 30, 30, 3)
    assert run("denoise", colour, "-o", tmp_path / "d.png", "--model", model).code == 0


def test_a_model_of_one_level_says_so(tmp_path, run):
    model = save_model(tmp_path, "sc-gray", "sigma_high=5", "levels=1")
    source = save_noise(tmp_path / "a.png", 30, 30)
    outcome = run("denoise", source, "-o", tmp_path / "b.png", "--model", model)
    assert outcome.code == 0
    assert "was trained for sigma 5 alone" in outcome.err


@pytest.mark.parametrize(("channels", "name"), [((), "sc-gray"), ((3,), "sc-color")])
def test_grey_and_colour_photographs_have_models_of_their_own(
    tmp_path, run, zoo_folder, channels, name
):
    source = save_noise(tmp_path / "a.png", 20, 30, *channels)
    told = ["--sigma", "20", "-o"]
    assert run("denoise", source, *told, tmp_path / "chosen.png").code == 0
    named = zoo_folder / f"{name}.safetensors"
    assert run("denoise", source, *told, tmp_path / "b.png", "--model", named).code == 0
    np.testing.assert_array_equal(pixels(tmp_path / "chosen.png"), pixels(tmp_path / "b.png"))


def test_a_named_model_goes_before_the_kind_of_photograph(tmp_path, run, zoo_folder, gray):
    source = save_noise(tmp_path / "a.png", 20, 30, 3)
    told = ["--sigma", "20", "-o"]
    assert run("denoise", source, *told, tmp_path / "chosen.png").code == 0
    assert run("denoise", source, *told, tmp_path / "b.png", "--model", gray).code == 0
    assert (pixels(tmp_path / "chosen.png") != pixels(tmp_path / "b.png")).any()


def test_the_pages_of_a_stack_are_restored_one_by_one(tmp_path, denoise):
    array = noise(3, 40, 37, dtype="uint16")
    tifffile.imwrite(tmp_path / "a.tif", array, imagej=True, metadata={"spacing": 0.5})
    outcome = denoise(tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--sigma", "25")
    assert outcome.code == 0, outcome.err
    assert "a.tif: 3 pages, sigma 25.0 -> " in outcome.out
    for number, page in enumerate(array):
        tifffile.imwrite(tmp_path / "page.tif", page)
        denoise(tmp_path / "page.tif", "-o", tmp_path / f"{number}.tif", "--sigma", "25")
    with tifffile.TiffFile(tmp_path / "b.tif") as tiff:
        assert tiff.imagej_metadata["spacing"] == 0.5
        for number, page in enumerate(tiff.asarray()):
            np.testing.assert_array_equal(page, tifffile.imread(tmp_path / f"{number}.tif"))


def test_the_noise_of_each_page_is_told(tmp_path, denoise):
    rng = np.random.default_rng(0)
    array = [rng.normal(128, sigma, (64, 64)).clip(0, 255).astype("u1") for sigma in (5, 20)]
    tifffile.imwrite(tmp_path / "a.tif", np.stack(array), photometric="minisblack")
    outcome = denoise(tmp_path / "a.tif", "-o", tmp_path / "out")
    told = re.search(r"2 pages, sigma (\S+) to (\S+) \(estimated\)", outcome.out)
    assert float(told[1]) == pytest.approx(5, rel=0.15)
    assert float(told[2]) == pytest.approx(20, rel=0.15)


def test_what_is_wrong_with_a_page_of_a_stack(tmp_path, denoise):
    with tifffile.TiffWriter(tmp_path / "a.tif") as tiff:
        tiff.write(noise(40, 40), metadata=None)
        tiff.write(noise(4, 40), metadata=None)
    outcome = denoise(tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--sigma", "25")
    assert outcome.code == 1
    assert f"{tmp_path / 'a.tif'}: page 2: " in outcome.err
    assert not (tmp_path / "b.tif").exists()
    tifffile.imwrite(tmp_path / "a.tif", noise(2, 40, 40), photometric="minisblack")
    outcome = denoise(tmp_path / "a.tif", "-o", tmp_path / "b.png")
    assert "b.png: PNG cannot hold 2 pages; write .tif instead" in outcome.err
