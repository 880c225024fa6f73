"""denoise1d, and train for signals, on real files."""

import json

import numpy as np
import pytest
import torch

from sparsight.data.signals import differences_matrix
from sparsight.models import AnalysisDenoiser
from sparsight.training.signals import generated_pairs
from sparsight.zoo.signals import SIGNALS, save_signal_model, signal_names


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("signals") / "w.safetensors"
    record = {"recipe": "blorc-1d", "arguments": {"length": 64}, "sigma": 0.1}
    analysis = torch.cat([0.14 * differences_matrix(64), torch.zeros(1, 64)]).double()
    save_signal_model(AnalysisDenoiser(analysis), record, path)
    return str(path)


@pytest.fixture
def files(tmp_path):
    pairs = generated_pairs(4, 0.1, 0, 200)
    np.save(tmp_path / "clean.npy", pairs.clean.numpy())
    np.save(tmp_path / "noisy.npy", pairs.noisy.numpy())
    np.savetxt(tmp_path / "noisy.csv", pairs.noisy.numpy(), delimiter=",")
    np.savetxt(tmp_path / "one.csv", pairs.noisy[0].numpy())
    return tmp_path


def error(path, clean) -> float:
    x = np.load(path) if path.suffix == ".npy" else np.loadtxt(path, delimiter=",")
    return float(((x - clean) ** 2).mean())


@pytest.mark.parametrize("sigma", ["learned", "auto", "0.1"])
def test_denoises_files_of_signals(run, model, files, sigma):
    out = files / "out.npy"
    outcome = run("denoise1d", files / "noisy.npy", "-o", out, "--model", model, "--sigma", sigma)
    assert outcome.code == 0, outcome.err
    assert "4 signals of 200 samples, sigma 0." in outcome.out
    assert error(out, np.load(files / "clean.npy")) < 0.5 * 0.01


def test_csv_says_the_same_as_npy(run, model, files):
    for suffix in ("npy", "csv"):
        words = files / f"noisy.{suffix}", "-o", files / f"out.{suffix}", "--model", model
        assert run("denoise1d", *words).code == 0
    table = np.loadtxt(files / "out.csv", delimiter=",")
    np.testing.assert_allclose(table, np.load(files / "out.npy"))
    run("denoise1d", files / "one.csv", "-o", files / "first.csv", "--model", model)
    np.testing.assert_allclose(np.loadtxt(files / "first.csv"), table[0])


def test_units_of_the_signal_do_not_matter_when_the_noise_is_given(run, model, files):
    np.save(files / "large.npy", 1000 * np.load(files / "noisy.npy"))
    for name, sigma in (("noisy", "0.2"), ("large", "200")):
        out = files / f"{name}_out.npy"
        run("denoise1d", files / f"{name}.npy", "-o", out, "--model", model, "--sigma", sigma)
    x, large = np.load(files / "noisy_out.npy"), np.load(files / "large_out.npy")
    np.testing.assert_allclose(large, 1000 * x, atol=1e-6)


@pytest.mark.parametrize(("scale", "told"), [(1, False), (10, True), (0.1, True)])
def test_noise_that_a_model_was_not_learned_from_is_told_of(run, model, files, scale, told):
    np.save(files / "other.npy", scale * np.load(files / "noisy.npy"))
    words = ("denoise1d", files / "other.npy", "--model", model, "-o")
    outcome = run(*words, files / "a.npy")
    assert outcome.code == 0, outcome.err
    assert ("was learned from 0.1; --sigma auto goes by the signal" in outcome.err) == told
    assert run(*words, files / "b.npy", "--sigma", "auto").err == ""


def test_trains_on_own_pairs_and_denoises_with_it(run, files):
    for name, values in zip(("clean", "noisy"), (p[:, :32] for p in _tables(files))):
        np.save(files / f"{name}32.npy", values)
    words = "--clean", files / "clean32.npy", "--noisy", files / "noisy32.npy"
    outcome = run("train", "blorc-1d", "epochs=2", *words, "--out", files / "run")
    assert outcome.code == 0, outcome.err
    weights = files / "run" / "weights.safetensors"
    assert len(json.loads((files / "run" / "curve.json").read_text())) == 2
    words = files / "noisy32.npy", "-o", files / "x.npy", "--model", weights
    assert run("denoise1d", *words).code == 0
    again = run("train", "blorc-1d", "--out", files / "run")
    assert again.code == 1
    assert "already holds a run" in again.err


def _tables(files):
    return np.load(files / "clean.npy"), np.load(files / "noisy.npy")


BAD = {
    "nan.npy": (np.full(70, np.nan), "holds NaN or infinite numbers, the first in row 1, column 1"),
    "short.npy": (np.zeros(10), "have 10 samples; this model needs at least 64"),
    "cube.npy": (np.zeros((2, 3, 4)), "has the shape 2x3x4; give one signal"),
    "empty.npy": (np.zeros((0, 70)), "has the shape 0x70"),
    "words.npy": (np.array(["a", "b"]), "cannot be read as numbers"),
    "UPPER.NPY": (np.zeros(10), "have 10 samples"),
    "complex.npy": (np.zeros(70, dtype=complex), "complex"),
}


@pytest.mark.parametrize("name", BAD)
def test_refuses_bad_signals_in_one_line(run, model, tmp_path, name):
    values, text = BAD[name]
    with (tmp_path / name).open("wb") as file:
        np.save(file, values)
    outcome = run("denoise1d", tmp_path / name, "-o", tmp_path / "x.npy", "--model", model)
    assert outcome.code == 1
    assert text in outcome.err
    assert len(outcome.err.strip().splitlines()) == 1
    assert not (tmp_path / "x.npy").exists()


CSVS = {
    "mark": "\ufeff{}\n",
    "ends": "{},\n\n",
    "windows": "{}\r\n",
    "remark": "# volts\n{}\n",
}


@pytest.mark.parametrize("form", CSVS)
def test_csvs_of_spreadsheets_are_read(run, model, files, form):
    noisy = _tables(files)[1][0]
    text = CSVS[form].format(",".join(f"{value:.17g}" for value in noisy))
    (files / "a.csv").write_text(text, encoding="utf-8", newline="")
    np.save(files / "a.npy", noisy)
    for name in ("a.csv", "a.npy"):
        out = files / f"{name}.out.npy"
        outcome = run("denoise1d", files / name, "-o", out, "--model", model)
        assert outcome.code == 0, outcome.err
    ours, theirs = (np.load(files / f"a.{kind}.out.npy") for kind in ("csv", "npy"))
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "it is empty"),
        ("volts\n1\n", "line 1 has 'volts'; separate numbers by commas, without a heading"),
        ("1,2\n3;4\n", "line 2 has '3;4'; separate numbers by commas"),
        ("1,2\n\n3\n", "line 3 has 1 of them, the first 2"),
    ],
)
def test_a_csv_that_is_none_is_told_by_its_line(run, model, tmp_path, text, what):
    (tmp_path / "a.csv").write_text(text)
    outcome = run("denoise1d", tmp_path / "a.csv", "-o", tmp_path / "x.npy", "--model", model)
    assert (outcome.code, outcome.err.count("\n")) == (1, 1)
    assert what in outcome.err


def test_refuses_bad_files_and_options(run, model, files):
    (files / "torn.csv").write_text("1,2\n3\n")
    (files / "text.npy").write_text("no array")
    (files / "there.npy").write_text("")
    np.save(files / "one.npy", np.zeros(1))
    noisy, out = files / "noisy.npy", files / "x.npy"
    for words, text in (
        ((files / "torn.csv", "-o", out), "cannot be read as numbers"),
        ((files / "text.npy", "-o", out), "holds no array of numbers"),
        ((files / "none.npy", "-o", out), "there is no such file"),
        ((files / "one.npy", "-o", out, "--sigma", "auto"), "a signal of one sample"),
        ((files / "noisy.txt", "-o", out), "is neither .npy nor .csv"),
        ((noisy, "-o", files / "x.wav"), "is neither .npy nor .csv"),
        ((noisy, "-o", files / "no" / "x.npy"), "does not exist; create it first"),
        ((noisy, "-o", files / "there.npy"), "add --overwrite"),
        ((noisy, "-o", out, "--sigma", "much"), "sigma is much; give a number from 0 up"),
        ((noisy, "-o", out, "--sigma", "nan"), "sigma is nan; give a number from 0 up"),
    ):
        outcome = run("denoise1d", *words, "--model", model)
        assert outcome.code == 1, words
        assert text in outcome.err
    assert not out.exists()


def test_models_of_images_and_signals_are_not_mixed_up(run, gray, files):
    outcome = run("denoise1d", files / "noisy.npy", "-o", files / "x.npy", "--model", gray)
    assert outcome.code == 1
    assert "is no model of signals" in outcome.err
    for name in ("blorc-1d", SIGNALS / "blorc-1d.safetensors"):
        outcome = run("explain", name, "-o", files / "there")
        assert (outcome.code, "use `sparsight denoise1d`" in outcome.err) == (1, True)
    outcome = run("denoise1d", files / "noisy.npy", "-o", files / "x.npy", "--model", "nobody")
    assert "no model of signals is called nobody" in outcome.err


def test_train_refuses_what_does_not_go_together(run, files):
    clean, noisy = files / "clean.npy", files / "one.csv"
    for words, text in (
        (("blorc-1d", "--clean", clean), "belong together"),
        (("blorc-1d", "--clean", clean, "--noisy", noisy), "they must be alike"),
        (("blorc-1d", "--data", files), "blorc-1d takes no --data"),
        (("sc-gray", "--clean", clean, "--noisy", noisy), "sc-gray takes no --clean"),
        (("blorc-1d", "depth=3"), "is not key=value with a key of"),
    ):
        outcome = run("train", *words)
        assert outcome.code == 1
        assert text in outcome.err
    listed = run("train", "--list")
    assert "blorc-1d-sgd" in listed.out


def test_every_model_of_signals_beats_its_noise(run, files):
    for name in signal_names():
        out = files / f"{name}.npy"
        assert run("denoise1d", files / "noisy.npy", "-o", out, "--model", name).code == 0
        assert error(out, np.load(files / "clean.npy")) < 0.45 * 0.01


@pytest.mark.parametrize(("pair", "text"), [("length=0", "at least 2"), ("gamma=-1", "below 0")])
def test_numbers_that_no_model_of_signals_has(run, tmp_path, pair, text):
    outcome = run("train", "blorc-1d", pair, "--out", tmp_path / "run")
    assert (outcome.code, text in outcome.err) == (1, True)
    assert not (tmp_path / "run").exists()
