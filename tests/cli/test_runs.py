"""Many photographs: trees, patterns, bad ones among good ones, what is there already."""

import os

import numpy as np
import pytest
import tifffile
from PIL import Image
from tests.cli.makers import pixels, save_noise
from tests.files.makers import noise

from sparsight.cli import noise_kinds


@pytest.fixture
def tree(tmp_path):
    for place, name in enumerate(("a.png", "x/b.jpg", "x/y/c.tif")):
        save_noise(tmp_path / "in" / name, 20, 20, seed=place)
    return tmp_path / "in"


def names(folder) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_a_folder_keeps_its_tree(tree, tmp_path, denoise):
    outcome = denoise(tree, "-o", tmp_path / "out")
    assert outcome.code == 0, outcome.err
    assert names(tmp_path / "out") == ["a.png", "x/b.jpg", "x/y/c.tif"]
    assert "3 restored, 0 skipped, 0 failed" in outcome.out


def test_a_second_run_skips_and_overwrite_does_not(tree, tmp_path, denoise):
    out = tmp_path / "out"
    denoise(tree, "-o", out, "--strength", "0")
    (out / "a.png").unlink()
    (out / "x/b.jpg").write_bytes(b"")
    before = (out / "x/y/c.tif").read_bytes()
    again = denoise(tree, "-o", out)
    assert again.code == 0, again.err
    assert "2 restored, 1 skipped (there already), 0 failed" in again.out
    assert (out / "x/y/c.tif").read_bytes() == before
    assert "3 restored, 0 skipped" in denoise(tree, "-o", out, "--overwrite").out
    assert (out / "x/y/c.tif").read_bytes() != before


def test_patterns_and_several_inputs(tree, tmp_path, denoise):
    other = save_noise(tmp_path / "other.png", 20, 20)
    outcome = denoise(tree / "*" / "*.jpg", other, "-o", tmp_path / "out")
    assert outcome.code == 0, outcome.err
    assert names(tmp_path / "out") == ["other.png", "x/b.jpg"]


def test_bad_files_do_not_stop_the_good_ones(tree, tmp_path, denoise):
    (tree / "cut.png").write_bytes((tree / "a.png").read_bytes()[:200])
    (tree / "text.png").write_text("no picture")
    holes = noise(20, 20, dtype="float32")
    holes[3, 4] = np.nan
    tifffile.imwrite(tree / "nan.tif", holes)
    outcome = denoise(tree, tmp_path / "missing.png", "-o", tmp_path / "out")
    assert outcome.code == 1
    assert "3 restored, 0 skipped, 4 failed" in outcome.out
    lines = outcome.err.splitlines()
    assert len(lines) == 4
    for name, why in (
        ("missing.png", "no such file"),
        ("in/cut.png", "damaged or cut short"),
        ("in/text.png", "not a picture"),
        ("in/nan.tif", "NaN"),
    ):
        assert any(li.startswith(f"sparsight: {tmp_path / name}: ") and why in li for li in lines)
    assert names(tmp_path / "out") == ["a.png", "x/b.jpg", "x/y/c.tif"]


def test_one_file_that_exists_is_an_error_that_names_overwrite(tmp_path, denoise):
    source = save_noise(tmp_path / "a.png", 20, 20)
    target = save_noise(tmp_path / "b.png", 20, 20)
    before = target.read_bytes()
    outcome = denoise(source, "-o", target)
    assert outcome.code == 1
    assert "b.png: it exists already; choose another name, or add --overwrite" in outcome.err
    assert target.read_bytes() == before
    assert denoise(source, "-o", target, "--overwrite").code == 0
    assert target.read_bytes() != before


def test_the_input_is_not_replaced_unless_asked(tree, tmp_path, denoise):
    source = tree / "a.png"
    before = source.read_bytes()
    outcome = denoise(source, "-o", source)
    assert outcome.code == 1
    assert "it is the input itself; choose another name, or add --overwrite" in outcome.err
    outcome = denoise(tree, "-o", tree)
    assert outcome.code == 1
    assert outcome.err.count("input and output are the same file") == 3
    assert source.read_bytes() == before
    assert denoise(tree, "-o", tree, "--overwrite").code == 0
    assert source.read_bytes() != before
    assert names(tree) == ["a.png", "x/b.jpg", "x/y/c.tif"]


def test_an_output_folder_inside_the_input_is_not_searched(tree, denoise):
    for _ in range(2):
        outcome = denoise(tree, "-o", tree / "out")
        assert outcome.code == 0, outcome.err
    assert "0 restored, 3 skipped" in outcome.out
    assert names(tree / "out") == ["a.png", "x/b.jpg", "x/y/c.tif"]


def test_an_input_folder_inside_the_output_is_searched(tree, tmp_path, denoise):
    outcome = denoise(tree / "x", "-o", tmp_path)
    assert outcome.code == 0, outcome.err
    assert "2 restored" in outcome.out


def test_two_inputs_for_one_output(tree, tmp_path, denoise):
    save_noise(tree / "x/a.png", 20, 20)
    outcome = denoise(tree / "a.png", tree / "x/a.png", tree / "a.png", "-o", tmp_path / "out")
    assert outcome.code == 1
    assert "1 restored, 0 skipped, 1 failed" in outcome.out
    assert f"{tree / 'x/a.png'}: another input is written to" in outcome.err


@pytest.mark.parametrize(
    ("output", "what"),
    [
        ("out.png", "out.png: one file cannot hold several pictures; give a folder"),
        ("", "the output has no name; give a file or a folder"),
        ("out.bmp", "out.bmp: .bmp is not written here; end it in .png, .jpg"),
        ("here", "here: it is no folder; give a folder, or a name ending in .png, .jpg"),
    ],
)
def test_outputs_that_do_not_suit(tree, tmp_path, monkeypatch, denoise, output, what):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").write_text("a file")
    outcome = denoise(tree, "-o", output)
    assert outcome.code == 1
    assert what in outcome.err
    assert outcome.err.count("\n") == 1


def test_an_input_without_a_name_is_not_the_present_folder(tree, tmp_path, monkeypatch, denoise):
    monkeypatch.chdir(tree)
    outcome = denoise("", "-o", tmp_path / "out")
    assert outcome.code == 1
    assert "an input has no name" in outcome.err
    assert not (tmp_path / "out").exists()


def test_folders_are_made_but_not_for_a_file(tmp_path, denoise):
    source = save_noise(tmp_path / "a.png", 20, 20)
    lost = denoise(source, "-o", tmp_path / "new/b.png")
    assert (lost.code, f"{tmp_path / 'new'} does not exist; create it first" in lost.err) == (
        1,
        True,
    )
    assert denoise(source, "-o", tmp_path / "new/deep").code == 0
    assert pixels(tmp_path / "new/deep/a.png").shape == (20, 20)
    assert denoise(source, "-o", f"{tmp_path}/odd.png/").code == 0
    assert pixels(tmp_path / "odd.png/a.png").shape == (20, 20)


def test_a_name_of_no_format_is_no_folder(tmp_path, denoise):
    source = save_noise(tmp_path / "a.png", 20, 20)
    outcome = denoise(source, "-o", tmp_path / "b.xyz")
    assert outcome.code == 1
    assert ".xyz names no format; end it in .png, .jpg" in outcome.err
    assert outcome.err.count("\n") == 1
    assert denoise(source, "-o", tmp_path / "run.v2").code == 0
    assert denoise(source, "-o", f"{tmp_path}/b.xyz/").code == 0
    assert names(tmp_path / "b.xyz") == ["a.png"]


def test_an_output_that_cannot_be_is_told_with_its_input(tmp_path, denoise):
    """A PNG of 16 bits that is called .jpg."""
    deep = Image.fromarray(noise(20, 20, dtype="uint16"))
    (tmp_path / "in").mkdir()
    deep.save(tmp_path / "in/a.jpg", "PNG")
    outcome = denoise(tmp_path / "in", "-o", tmp_path / "out")
    assert outcome.code == 1
    assert f"{tmp_path / 'in/a.jpg'}: {tmp_path / 'out/a.jpg'}: JPEG cannot hold" in outcome.err


def test_pipes_are_not_read(tmp_path, denoise):
    outcome = denoise("-", "-o", tmp_path / "a.png")
    assert (outcome.code, "not read from a pipe" in outcome.err) == (1, True)


def test_pictures_that_are_passed_over_are_counted(tree, tmp_path, denoise):
    for name in ("one.gif", "x/two.GIF", "x/three.bmp", "notes.txt"):
        (tree / name).write_text("not looked into")
    outcome = denoise(tree, "-o", tmp_path / "out")
    assert outcome.code == 0
    assert "3 restored, 0 skipped, 0 failed" in outcome.out
    assert outcome.err == (
        "sparsight: note: passed over, for their formats are not read here: 1 .bmp, 2 .gif\n"
    )


def test_tiffs_of_microscopes_in_a_folder_come_out_as_tiffs(tmp_path, denoise):
    (tmp_path / "in").mkdir()
    for name in ("a.stk", "b.LSM", "c.nd2"):
        tifffile.imwrite(tmp_path / "in" / name, np.full((2, 20, 20), 77, np.uint8))
    outcome = denoise(tmp_path / "in", "-o", tmp_path / "out")
    assert outcome.code == 0, outcome.err
    assert outcome.err.endswith("their formats are not read here: 1 .nd2\n")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.tif", "b.tif"]
    assert "2 skipped" in denoise(tmp_path / "in", "-o", tmp_path / "out").out


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_a_read_only_folder(tmp_path, denoise):
    source = save_noise(tmp_path / "a.png", 20, 20)
    (tmp_path / "locked").mkdir(mode=0o500)
    outcome = denoise(source, "-o", tmp_path / "locked")
    assert outcome.code == 1
    assert "does not permit it" in outcome.err


def test_a_name_that_is_no_text(tmp_path, denoise):
    path = save_noise(tmp_path / "a.png", 20, 20)
    try:
        odd = path.rename(os.fsdecode(os.fsencode(tmp_path) + b"/\xff [b].png"))
    except OSError:
        pytest.skip("this disk wants names that are text")
    outcome = denoise(odd, "-o", tmp_path / "out")
    assert outcome.code == 0, outcome.err
    assert "1 restored" in outcome.out


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
