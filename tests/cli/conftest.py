"""Runs the command line in this process, with tiny untrained models."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from tests.cli.makers import Outcome, save_model
from tests.training.makers import piecewise
from torch import Tensor

from sparsight.cli import main


@pytest.fixture(scope="session")
def models(tmp_path_factory) -> Path:
    """A folder with the weights of sc-gray and sc-color."""
    folder = tmp_path_factory.mktemp("models")
    for recipe in ("sc-gray", "sc-color"):
        save_model(folder, recipe)
    return folder


@pytest.fixture(scope="session")
def gray(models) -> str:
    return str(models / "sc-gray.safetensors")


@pytest.fixture
def zoo_folder(models, monkeypatch) -> Path:
    """The zoo holds the tiny models, as if they had come with the package."""
    monkeypatch.setattr("sparsight.zoo.store.FOLDER", models)
    return models


@pytest.fixture
def run(capfd) -> Callable[..., Outcome]:
    """Runs a command line in this process."""

    def run(*words: object) -> Outcome:
        capfd.readouterr()
        code = main([str(word) for word in words])
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return Outcome(code, out, err)

    return run


@pytest.fixture
def denoise(run, gray) -> Callable[..., Outcome]:
    """Runs `sparsight denoise` with the tiny grey model."""
    return lambda *words: run("denoise", *words, "--model", gray)


@pytest.fixture(scope="session")
def clean() -> Tensor:
    """A picture of rectangles, 60 x 60."""
    return torch.cat([torch.cat(piecewise()[i : i + 2], 2) for i in (0, 2)], 1).float() / 255
