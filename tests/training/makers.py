"""Small pictures and small runs."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from sparsight.recipes import Recipe, bind

TINY = ("atoms=16", "depth=2", "patch=5", "batch=2", "crop=16", "steps=30", "check_every=8")


def piecewise(count: int = 4, side: int = 30) -> list[Tensor]:
    """Grey pictures of overlapping rectangles, (1, side, side), 8 bits."""
    rng = np.random.default_rng(0)
    pictures = []
    for _ in range(count):
        picture = np.full((side, side), rng.integers(256), np.uint8)
        for _ in range(12):
            top, left = rng.integers(side - 8, size=2)
            height, width = rng.integers(5, side // 2, size=2)
            picture[top : top + height, left : left + width] = rng.integers(256)
        pictures.append(torch.from_numpy(picture)[None])
    return pictures


def write_pictures(folder: Path, side: int = 30) -> Path:
    """The pictures as files of a new folder."""
    folder.mkdir()
    for number, picture in enumerate(piecewise(side=side)):
        Image.fromarray(picture[0].numpy()).save(folder / f"{number}.png")
    return folder


def tiny(name: str = "sc-gray", *pairs: str) -> Recipe:
    """A recipe that trains in about a second."""
    return bind(name, (*TINY, *pairs))
