"""Options are checked before anything is computed, in one clear line."""

import json

import pytest
import torch
from tests.cli.makers import save_noise

from sparsight.cli.errors import explain


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["--sigma", "300"], "sigma is 300; give the noise level in 8-bit units, between 0 and"),
        (["--sigma", "-1"], "sigma is -1; give the noise level"),
        (["--sigma", "nan"], "sigma is nan; give the noise level"),
        (["--sigma", "much"], "sigma is much; give the noise level"),
        (["--strength", "1.5"], "strength is 1.5; give a number between 0"),
        (["--strength", "nan"], "strength is nan; give a number between 0"),
        (["--dtype", "int3"], "dtype is int3; choose one of auto, float32, bfloat16, float64"),
        (["--device", "abacus"], "device is abacus; this machine offers cpu"),
        (["--model", "nobody"], "no model is called nobody; there are sc-color, sc-gray"),
        (["--model", "no.safetensors"], "no.safetensors is no file of weights"),
    ],
)
def test_wrong_options(tmp_path, run, zoo_folder, words, what):
    source = save_noise(tmp_path / "a.png", 20, 20)
    outcome = run("denoise", source, "-o", tmp_path / "b.png", *words)
    assert outcome.code == 1
    assert what in outcome.err
    assert outcome.err.startswith("sparsight: ")
    assert outcome.err.count("\n") == 1
    assert not (tmp_path / "b.png").exists()


def test_the_default_is_the_first_of_the_preferred(tmp_path, run, zoo_folder):
    source = save_noise(tmp_path / "a.png", 20, 20)
    assert run("denoise", source, "-o", tmp_path / "b.png").code == 0


def test_an_empty_zoo_is_told(tmp_path, run, monkeypatch):
    monkeypatch.setattr("sparsight.zoo.store.FOLDER", tmp_path)
    source = save_noise(tmp_path / "a.png", 20, 20)
    outcome = run("denoise", source, "-o", tmp_path / "b.png")
    assert outcome.code == 1
    assert "no trained model is installed; give --model FILE.safetensors" in outcome.err
    assert "No trained model is installed" in run("zoo").out


def test_a_file_that_holds_no_weights(tmp_path, run):
    source = save_noise(tmp_path / "a.png", 20, 20)
    (tmp_path / "bad.safetensors").write_bytes(b"12345678 nothing")
    words = ("--model", tmp_path / "bad.safetensors")
    outcome = run("denoise", source, "-o", tmp_path / "b.png", *words)
    assert outcome.code == 1
    assert "holds no weights of sparsight" in outcome.err


def test_missing_and_unknown_options_exit_2(run):
    assert run("denoise", "a.png").code == 2
    assert run("denoise", "a.png", "-o", "b.png", "--sgma", "3").code == 2
    assert run("nonsense").code == 2


def test_an_unforeseen_error_is_one_line(tmp_path, run, gray, monkeypatch):
    def broken(*_):
        raise KeyError("gone")

    monkeypatch.delenv("SPARSIGHT_DEBUG", raising=False)
    monkeypatch.setattr("sparsight.cli.denoise.load_model", broken)
    source = save_noise(tmp_path / "a.png", 20, 20)
    outcome = run("denoise", source, "-o", tmp_path / "b.png", "--model", gray)
    assert outcome.code == 70
    assert outcome.err == (
        "sparsight: unexpected error: KeyError: 'gone' "
        "(run with SPARSIGHT_DEBUG=1 for the traceback)\n"
    )


def test_the_traceback_is_there_for_who_asks(tmp_path, gray, monkeypatch, capfd):
    from sparsight.cli import main

    def broken(*_):
        raise KeyError("gone")

    monkeypatch.setenv("SPARSIGHT_DEBUG", "1")
    monkeypatch.setattr("sparsight.cli.denoise.load_model", broken)
    source = save_noise(tmp_path / "a.png", 20, 20)
    assert main(["denoise", str(source), "-o", str(tmp_path / "b.png"), "--model", gray]) == 70
    assert "Traceback" in capfd.readouterr().err


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes"),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB"),
    ],
)
def test_no_memory_is_explained(error):
    assert "not enough memory" in (explain(error) or "")


def test_other_errors_are_explained_or_not():
    assert explain(FileNotFoundError(2, "No such file", "a.png")) == "a.png: No such file"
    assert explain(ValueError("sigma is 3")) == "sigma is 3"
    assert explain(RuntimeError("shape")) is None
    assert explain(KeyError("a")) is None


def test_one_photo_without_memory_does_not_stop_the_others(tmp_path, denoise, monkeypatch):
    from sparsight.models import Denoiser

    strips = Denoiser.strips

    def greedy(self, read_rows, size, *others):
        if size[2] == 30:
            raise MemoryError
        return strips(self, read_rows, size, *others)

    monkeypatch.setattr(Denoiser, "strips", greedy)
    large = save_noise(tmp_path / "in/a.png", 20, 30)
    save_noise(tmp_path / "in/b.png", 20, 20)
    outcome = denoise(tmp_path / "in", "-o", tmp_path / "out")
    assert outcome.code == 1
    assert f"{large}: there is not enough memory" in outcome.err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["b.png"]


def test_a_dataset_is_as_good_as_a_folder(tmp_path, run, gray, monkeypatch):
    (tmp_path / "sets/Mine").mkdir(parents=True)
    save_noise(tmp_path / "sets/Mine/a.png", 24, 24)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SPARSIGHT_DATA", str(tmp_path / "sets"))
    words = ("bench", "denoise", "--model", gray, "--sigma", "25", "--json", "b.json")
    outcome = run(*words, "--data", "Mine")
    assert (outcome.code, json.loads((tmp_path / "b.json").read_text())["data"]) == (0, "Mine")
    missing = run(*words, "--data", "Yours")
    assert (missing.code, "Yours is not a folder" in missing.err) == (1, True)


def test_a_dataset_that_nothing_says_the_place_of(tmp_path, run, gray, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SPARSIGHT_DATA", raising=False)
    monkeypatch.setattr("typer.get_app_dir", lambda _: str(tmp_path / "settings"))
    outcome = run("bench", "denoise", "--model", gray, "--data", "BSD68")
    assert outcome.code == 1
    assert "nothing says where BSD68 is; set SPARSIGHT_DATA" in outcome.err
