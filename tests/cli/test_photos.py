"""One photograph of every kind goes through `sparsight denoise`."""

import re

import numpy as np
import pytest
import tifffile
from PIL import Image
from skimage import data
from tests.cli.makers import pixels, save_model, save_noise
from tests.files.makers import exif_block, icc_profile, noise, png, read_png

from sparsight.cli import noise_kinds
from sparsight.cli.noise import estimate_noise
from sparsight.cli.noise_kinds import Photons, told
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


def counted(peak, offset=100, size=160):
    """A scene by a camera that adds a constant, in counts, and the noisy picture."""
    clean = data.camera()[100 : 100 + size, 150 : 150 + size] / 255 * peak
    noisy = np.random.default_rng(0).poisson(clean) + offset
    return clean + offset, noisy.astype(np.uint16)


def test_noise_of_photons_is_restored_as_such(tmp_path, run):
    clean, noisy = counted(60)
    tifffile.imwrite(tmp_path / "a.tif", noisy)
    errors = {}
    for name, words in {
        "gaussian": [],
        "auto": ["--shot", "auto"],
        "given": ["--shot", "1,-100"],
    }.items():
        target = tmp_path / f"{name}.tif"
        outcome = run("denoise", tmp_path / "a.tif", "-o", target, "--model", "sc-gray", *words)
        assert outcome.code == 0, outcome.err
        errors[name] = np.square(tifffile.imread(target) - clean).mean()
        if name == "auto":
            told = re.search(r"shot (\S+),(\S+) \(estimated\)", outcome.out)
            assert float(told[1]) * 130 + float(told[2]) == pytest.approx(30, rel=0.3)
        if name == "given":
            assert "shot 1,-100 ->" in outcome.out
    assert errors["given"] < 0.9 * errors["gaussian"]
    assert errors["auto"] < 0.93 * errors["gaussian"]


def test_counts_as_floats_and_integers_are_restored_alike(tmp_path, run):
    _, noisy = counted(60)
    for name, array in {"u2": noisy, "f4": noisy.astype("f4"), "i4": noisy.astype("i4")}.items():
        tifffile.imwrite(tmp_path / f"{name}.tif", array)
        words = ["--model", "sc-gray", "--shot", "1,-100", "-o", tmp_path / f"{name}_.tif"]
        assert run("denoise", tmp_path / f"{name}.tif", *words).code == 0
    restored = [tifffile.imread(tmp_path / f"{name}_.tif") for name in ("u2", "f4", "i4")]
    assert np.abs(restored[0] - restored[1]).max() < 0.6
    np.testing.assert_array_equal(restored[0], restored[2])


@pytest.mark.parametrize("line", ["3", "a,b", "0,1", "-1,2", "1,inf", "1,2,3", "nan,0"])
def test_a_line_that_is_none(tmp_path, denoise, line):
    source = save_noise(tmp_path / "a.png", 40, 37)
    outcome = denoise(source, "-o", tmp_path / "b.png", f"--shot={line}")
    assert outcome.code == 1
    assert f"shot is {line}; give auto, or A,B" in outcome.err
    assert "Gaussian" not in outcome.err


def test_one_kind_of_noise_at_a_time(tmp_path, denoise):
    source = save_noise(tmp_path / "a.png", 40, 37)
    outcome = denoise(source, "-o", tmp_path / "b.png", "--sigma", "5", "--shot", "auto")
    assert "sigma and shot are both given; give one" in outcome.err


def test_few_pixels_of_photons_are_taken_to_have_one_sigma(tmp_path, denoise):
    source = save_noise(tmp_path / "a.png", 40, 37)
    outcome = denoise(source, "-o", tmp_path / "b.png", "--shot", "auto")
    assert outcome.code == 0
    assert "sigma" in outcome.out


def test_12_bits_in_a_file_of_16_are_restored_as_if_they_filled_it(tmp_path, run):
    clean = data.camera()[100:260, 150:310] / 255
    noisy = clean + np.random.default_rng(0).normal(0, 25 / 255, clean.shape)
    errors = []
    for white in (50_000, 4095):
        counts = np.rint((noisy * 0.5 + 0.25) * white).astype("u2")
        tifffile.imwrite(tmp_path / "a.tif", counts)
        words = ["--model", "sc-gray", "-o", tmp_path / "b.tif", "--overwrite"]
        assert run("denoise", tmp_path / "a.tif", *words).code == 0
        restored = (tifffile.imread(tmp_path / "b.tif") / white - 0.25) / 0.5
        errors.append(np.square(restored - clean).mean())
    assert errors[1] < 1.02 * errors[0]


@pytest.mark.parametrize("dtype", ["uint16", "float32", "int32"])
@pytest.mark.parametrize("words", [[], ["--shot", "1,-100"]])
def test_a_hot_pixel_harms_nothing_about_it(tmp_path, run, dtype, words):
    clean, noisy = counted(60)
    errors = []
    for hot in (noisy[80, 80], 65535):
        array = noisy.astype(dtype)
        array[80, 80] = hot
        tifffile.imwrite(tmp_path / "a.tif", array)
        target = tmp_path / "b.tif"
        out = run("denoise", tmp_path / "a.tif", "-o", target, "--overwrite", *words)
        assert out.code == 0, out.err
        missed = np.abs(tifffile.imread(target).astype(float) - clean)
        missed[80, 80] = 0
        errors.append(missed[70:91, 70:91].max())
    assert errors[1] < errors[0] + 25


def test_what_lies_below_all_light_stays(tmp_path, run):
    clean, noisy = counted(60)
    noisy[:40] = 0
    tifffile.imwrite(tmp_path / "a.tif", noisy)
    out = run("denoise", tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--shot", "1,-100")
    assert out.code == 0
    restored = tifffile.imread(tmp_path / "b.tif").astype(float)
    assert (restored[:40] == 0).all()
    assert np.square(restored[60:] - clean[60:]).mean() < 8
    auto = run("denoise", tmp_path / "a.tif", "-o", tmp_path / "c.tif", "--shot", "auto")
    told = re.search(r"shot (\S+),(\S+) \(estimated\)", auto.out)
    assert float(told[1]) * 130 + float(told[2]) == pytest.approx(30, rel=0.3)


def test_numbers_that_count_from_white_are_no_photons(tmp_path, denoise):
    tifffile.imwrite(tmp_path / "a.tif", noise(90, 90, dtype="uint16"), photometric="miniswhite")
    out = denoise(tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--shot", "1,0")
    assert "its numbers count from white; --shot needs them to grow" in out.err
    assert denoise(tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--shot", "auto").code == 0


def test_a_line_is_told_with_all_digits_that_matter():
    assert told([Photons(((2.0, -190.123456),))]) == "shot 2,-190.1235"
    text = told([Photons(((2.000000001234, -3e9 - 0.5),))])
    slope, start = map(float, text.removeprefix("shot ").split(","))
    assert slope * 1.5e9 + start == pytest.approx(2.000000001234 * 1.5e9 - 3e9 - 0.5, abs=0.1)


def test_an_error_that_nobody_foresaw_ends_one_file_alone(tmp_path, denoise, monkeypatch):
    for name in ("a", "b"):
        save_noise(tmp_path / "in" / f"{name}.png", 40, 37)
    estimate = noise_kinds.estimate_noise

    def fail(photo):
        if photo.path.name == "a.png":
            raise ZeroDivisionError("oh")
        return estimate(photo)

    monkeypatch.setattr(noise_kinds, "estimate_noise", fail)
    out = denoise(tmp_path / "in", "-o", tmp_path / "out")
    assert out.code == 70
    assert "unexpected error: ZeroDivisionError: oh" in out.err
    assert "a.png: it was not restored" in out.err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["b.png"]
