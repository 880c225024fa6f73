"""A small pinned set, as if it were a paper's."""

from pathlib import Path

import pytest
from PIL import Image
from tests.files.makers import noise

from sparsight.data.pinned import pin_images

NAMES = ("a.png", "b.png", "c.png")


def make_set(folder: Path, size: tuple[int, int] = (24, 28)) -> Path:
    """Three grey pictures."""
    folder.mkdir(parents=True)
    for seed, name in enumerate(NAMES):
        Image.fromarray(noise(*size, seed=seed)).save(folder / name)
    return folder


def pin(folder: Path, pins: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pins the images of a folder under its name, and nothing else."""
    pins.mkdir(exist_ok=True)
    lines = [f"{p.file} {p.pixels} {p.name}\n" for p in pin_images(folder)]
    (pins / f"{folder.name}.txt").write_text("".join(lines))
    monkeypatch.setattr("sparsight.data.pinned.FOLDER", pins)
