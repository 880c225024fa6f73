"""Runs the command line in a process of its own; makes pictures and tiny untrained models."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from tests.files.makers import noise

from sparsight.recipes import bind
from sparsight.zoo import save_weights

SOURCES = Path(__file__).resolve().parents[2] / "src"
SMALL = ["atoms=16", "depth=2", "patch=5", "sigma_low=5", "sigma_high=55", "levels=2"]


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


def save_model(folder: Path, recipe: str, *numbers: str) -> str:
    bound = bind(recipe, [*SMALL, *numbers])
    path = folder / f"{recipe}.safetensors"
    save_weights(bound.model(), {"recipe": recipe, "arguments": bound.arguments()}, path)
    return str(path)


def launch(*words: object, **options) -> subprocess.Popen:
    """Starts a command line in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "sparsight.cli", *map(str, words)],
        env={**os.environ, "PYTHONPATH": str(SOURCES), "COLUMNS": "100"},
        stdout=options.pop("stdout", subprocess.PIPE),
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def finish(process: subprocess.Popen, seconds: float = 60) -> Outcome:
    out, err = process.communicate(timeout=seconds)
    assert "Traceback" not in err
    return Outcome(process.returncode, out or "", err)


def save_noise(path: Path, *shape: int, seed: int = 0, **options) -> Path:
    """Writes an 8-bit picture of (height, width) or (height, width, channels)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(noise(*shape, seed=seed)).save(path, **options)
    return path


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image)
