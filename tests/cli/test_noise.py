"""Noise of photons and faint noise through `sparsight denoise`."""

import re

import numpy as np
import pytest
import tifffile
from skimage import data
from tests.cli.makers import save_noise
from tests.files.makers import noise

from sparsight.cli.noise_kinds import Photons, told


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


def test_small_pages_of_a_channel_tell_their_noise_together(tmp_path, run):
    """Two detectors of other gains; a page alone is too small to tell a line."""
    scene = data.camera() / 255
    corners = np.random.default_rng(1).integers(0, 448, (24, 2))
    clean = np.stack([scene[top : top + 64, left : left + 64] for top, left in corners])
    counts = np.random.default_rng(0).poisson(np.stack([60 * clean, 60 * clean], 1))
    array = (counts * np.array([1, 5])[:, None, None] + 100).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", array, imagej=True, metadata={"axes": "TCYX"})
    words = ["-o", tmp_path / "b.tif", "--model", "sc-gray", "--shot", "auto"]
    outcome = run("denoise", tmp_path / "a.tif", *words)
    assert outcome.code == 0, outcome.err
    assert "48 pages, shot " in outcome.out
    lines = re.findall(r"([\d.e+]+),(-?[\d.e+]+)", outcome.out.partition("shot ")[2])
    assert len(lines) == 2
    for gain, (slope, start) in zip((1, 5), lines, strict=True):
        assert float(slope) * (130 * gain + 100) + float(start) > 0
        at = 100 + 30 * gain  # half as bright as can be
        assert float(slope) * at + float(start) == pytest.approx(30 * gain**2, rel=0.3)


def test_pages_of_several_sizes_tell_their_noise_as_far_as_they_can(tmp_path, denoise):
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        for page in (counted(60)[1], counted(60, size=9)[1], counted(60, size=120)[1]):
            file.write(page, photometric="minisblack")
    outcome = denoise(tmp_path / "a.tif", "-o", tmp_path / "b.tif", "--shot", "auto")
    assert outcome.code == 0, outcome.err
    assert "3 pages, shot" in outcome.out
    assert "sigma" not in outcome.out


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
    assert told([Photons(((2.0, -190.0),))] * 3) == "3 pages, shot 2,-190"
    text = told([Photons(((2.000000001234, -3e9 - 0.5),))])
    slope, start = map(float, text.removeprefix("shot ").split(","))
    assert slope * 1.5e9 + start == pytest.approx(2.000000001234 * 1.5e9 - 3e9 - 0.5, abs=0.1)
