"""restore deblur, inpaint, denoise."""

import numpy as np
import pytest
import torch
from PIL import Image
from tests.cli.critics import noisy, save, save_tv
from tests.cli.makers import pixels, save_noise

from sparsight.models import Variational
from sparsight.operators import Blur

TABLE = {"levels": [0.01, 0.1, 0.4], "values": [40.0, 7.0, 3.0]}


@pytest.fixture(scope="session")
def critic(tmp_path_factory):
    return save_tv(tmp_path_factory.mktemp("critic"), {"strengths": TABLE})


def error(path, clean, border=0):
    """Mean square, of the whole or of the frame of that width."""
    square = (torch.from_numpy(pixels(path).astype(np.float32) / 255) - clean[0]).square()
    if not border:
        return square.mean().item()
    frame = torch.ones_like(square, dtype=torch.bool)
    frame[border:-border, border:-border] = False
    return square[frame].mean().item()


def test_deblur(run, critic, clean, tmp_path):
    """Half of the error goes, and the frame is no worse than the rest."""
    line = torch.exp(-((torch.arange(7) - 3.0) ** 2) / 8)
    blur = Blur(torch.outer(line, line) / line.sum() ** 2)
    image = save(tmp_path / "y.png", noisy(blur.A(clean[None])[0], 0.005))
    inner, out = blur.crop(clean[None])[0], tmp_path / "x.png"
    words = ("--kernel", "gaussian:7:2", "--sigma", "2", "--model", critic, "-o", out)
    outcome = run("restore", "deblur", image, *words)
    assert outcome.code == 0, outcome.err
    assert "sigma 2.0" in outcome.out
    assert error(out, inner) < 0.5 * error(image, inner)
    assert error(out, inner, border=4) < 2 * error(out, inner)


@pytest.mark.parametrize("ending", ["npy", "png", "16.png", "tif"])
def test_kernels_from_files(run, critic, clean, tmp_path, ending):
    """The same kernel, named in another way, gives the same picture."""
    image = save(tmp_path / "y.png", clean)
    kernel = np.zeros((3, 5))
    kernel[1, 1:4] = 1 / 3
    if ending == "npy":
        np.save(tmp_path / "k.npy", kernel)
    else:
        depths = {"png": (300, np.uint8), "16.png": (90_000, np.uint16), "tif": (1, np.float32)}
        white, dtype = depths[ending]
        Image.fromarray((kernel * white).astype(dtype)).save(tmp_path / f"k.{ending}")
    np.save(tmp_path / "small.npy", kernel[1:2])
    written = []
    for number, name in enumerate([f"k.{ending}", "small.npy"]):
        out = tmp_path / f"{number}.png"
        words = ("--kernel", tmp_path / name, "--sigma", "2", "--model", critic, "-o", out)
        outcome = run("restore", "deblur", image, *words, "--steps", "40")
        assert outcome.code == 0, outcome.err
        written.append(pixels(out).astype(int))
    assert np.abs(written[0] - written[1]).mean() < 2


def test_inpaint(run, critic, clean, tmp_path):
    seen = torch.rand(clean.shape, generator=torch.Generator().manual_seed(1)) < 0.5
    image, mask = save(tmp_path / "y.png", clean * seen), save(tmp_path / "m.png", seen.float())
    out = tmp_path / "x.png"
    outcome = run("restore", "inpaint", image, "--mask", mask, "--model", critic, "-o", out)
    assert outcome.code == 0, outcome.err
    assert error(out, clean) < 0.1 * error(image, clean)
    kept = np.abs(pixels(out).astype(int) - pixels(image))[seen[0].numpy()]
    assert kept.max() < 26, "what was observed stays near"


@pytest.mark.parametrize("level", ["25.5", "auto"])
def test_denoise(run, critic, clean, tmp_path, level):
    image, out = save(tmp_path / "y.png", noisy(clean, 0.1)), tmp_path / "x.png"
    words = ("--sigma", level, "--model", critic, "-o", out)
    outcome = run("restore", "denoise", image, *words)
    assert outcome.code == 0, outcome.err
    assert error(out, clean) < 0.5 * error(image, clean)
    assert ("estimated" in outcome.out) == (level == "auto")


def test_strength_of_the_table_and_of_the_user(run, critic, clean, tmp_path):
    image = save(tmp_path / "y.png", noisy(clean, 0.1))
    written = {}
    for strength in ("auto", "7", "0"):
        out = tmp_path / f"{strength}.png"
        words = ("--sigma", "25.5", "--model", critic, "--strength", strength, "-o", out)
        assert run("restore", "denoise", image, *words).code == 0
        written[strength] = pixels(out)
    assert (written["auto"] == written["7"]).all()
    assert (written["0"] == pixels(image)).all()


def test_depth_and_transparency_are_kept(run, critic, tmp_path):
    image = save_noise(tmp_path / "y.png", 20, 20, 2)
    out = tmp_path / "x.png"
    words = ("--sigma", "10", "--model", critic, "-o", out)
    assert run("restore", "denoise", image, *words).code == 0
    assert (pixels(out)[..., 1] == pixels(image)[..., 1]).all()


def test_a_turned_photograph_is_restored_as_it_is_shown(run, critic, clean, tmp_path):
    """Kernels and masks are drawn for what a viewer shows."""
    photo = Image.open(save(tmp_path / "y.png", noisy(clean[:, :40, :30], 0.05)))
    exif, kernel = Image.Exif(), np.zeros((5, 5))
    exif[274], kernel[2, 2:] = 6, 1 / 3
    np.save(tmp_path / "k.npy", kernel)
    photo.transpose(Image.Transpose.ROTATE_90).save(tmp_path / "turned.png", exif=exif)
    words = ("--kernel", tmp_path / "k.npy", "--sigma", "12", "--model", critic, "--steps", "9")
    for name in ("y", "turned"):
        out = ("-o", tmp_path / f"{name}-sharp.png")
        assert run("restore", "deblur", tmp_path / f"{name}.png", *words, *out).code == 0
    turned = np.rot90(pixels(tmp_path / "turned-sharp.png"), -1)
    np.testing.assert_array_equal(turned, pixels(tmp_path / "y-sharp.png"))


def test_interruption_keeps_the_best_image(run, critic, clean, tmp_path, monkeypatch):
    iterate = Variational.iterate

    def interrupted(self, *arguments):
        for solution in iterate(self, *arguments):
            if solution.iterations == 4:
                raise KeyboardInterrupt
            yield solution

    monkeypatch.setattr(Variational, "iterate", interrupted)
    image, out = save(tmp_path / "y.png", noisy(clean, 0.1)), tmp_path / "x.png"
    words = ("--sigma", "25.5", "--model", critic, "-o", out)
    outcome = run("restore", "denoise", image, *words)
    assert outcome.code == 130
    assert "interrupted after 3 steps; the best image so far was written" in outcome.err
    assert error(out, clean) < error(image, clean)


@pytest.mark.parametrize(
    ("kernel", "message"),
    [
        ("gaussian:6:2", "has 6 x 6 entries; give it odd sides"),
        ("gaussian:7", "is no kernel; give K.npy"),
        ("gaussian:7:0", "side and sigma of a Gaussian must be above 0"),
        ("gaussian:99999999:2", "the side of a Gaussian is at most 4095 pixels"),
        ("gaussian:101:2", "more than the photograph's 60 x 60 pixels"),
        ("nowhere.npy", "there is no such kernel"),
        (np.array([[0.5, -0.1, 0.6]]), "entries below 0"),
        (np.array([[0.5, np.nan, 0.6]]), "entries below 0 or not finite"),
        (np.array([[0.5, 0.5, 0.5]]), "the kernel sums to 1.5; divide it by that"),
        (np.ones(3) / 3, "a kernel has rows and columns"),
        (np.ones((1, 1)) * 1j, "the kernel is complex"),
        (np.array(["a"]), "holds no array of numbers"),
    ],
)
def test_kernels_that_are_none(run, critic, clean, tmp_path, kernel, message):
    image = save(tmp_path / "y.png", clean)
    if not isinstance(kernel, str):
        np.save(tmp_path / "k.npy", kernel)
        kernel = tmp_path / "k.npy"
    words = ("--kernel", kernel, "--sigma", "2", "--model", critic, "-o", tmp_path / "x.png")
    outcome = run("restore", "deblur", image, *words)
    assert outcome.code == 1
    assert message in outcome.err
    assert outcome.err.count("\n") == 1
    assert not (tmp_path / "x.png").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("denoise", "--sigma", "300"), "sigma is 300"),
        (("denoise", "--sigma", "0"), "needs a noise level above 0"),
        (("denoise", "--strength", "-1"), "strength is -1; give auto, or a number"),
        (("inpaint", "--mask", "SMALL"), "the mask is 30 x 30 pixels, the photograph 60 x 60"),
        (("inpaint", "--mask", "BLACK"), "the mask is black, so nothing was observed"),
        (("inpaint", "--mask", "nowhere.png"), "nowhere.png: there is no such image"),
    ],
)
def test_what_cannot_be_restored(run, critic, clean, tmp_path, words, message):
    image = save(tmp_path / "y.png", clean)
    files = {
        "SMALL": save(tmp_path / "small.png", clean[:, :30, :30]),
        "BLACK": save(tmp_path / "black.png", 0 * clean),
    }
    command, *options = (files.get(word, word) for word in words)
    out = tmp_path / "x.png"
    outcome = run("restore", command, image, *options, "--model", critic, "-o", out)
    assert outcome.code == 1
    assert message in outcome.err
    assert outcome.err.count("\n") == 1
    assert not out.exists()


def test_models_that_do_not_suit(run, critic, gray, tmp_path):
    colour, out = save_noise(tmp_path / "y.png", 30, 30, 3), tmp_path / "x.png"
    outcome = run("restore", "denoise", colour, "--sigma", "9", "--model", critic, "-o", out)
    assert outcome.code == 1
    assert "the photograph is colour, " in outcome.err
    outcome = run("restore", "denoise", colour, "--sigma", "9", "--model", gray, "-o", out)
    assert outcome.code == 1
    assert "is no critic" in outcome.err
    outcome = run("denoise", colour, "--sigma", "9", "--model", critic, "-o", out)
    assert outcome.code == 1
    assert "use `sparsight restore denoise`" in outcome.err


def test_no_critic_for_the_channels(run, zoo_folder, tmp_path):
    image = save_noise(tmp_path / "y.png", 30, 30)
    outcome = run("restore", "denoise", image, "--sigma", "9", "-o", tmp_path / "x.png")
    assert outcome.code == 1
    assert (
        "no critic for grey photographs is installed; make one by `sparsight train alr-gray`"
        in (outcome.err)
    )
