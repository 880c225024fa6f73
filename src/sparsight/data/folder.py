"""Folders of clean images, as training and benchmarks read them."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"}
DIV2K = "DIV2K_train_HR"


def image_paths(folder: str | Path) -> list[Path]:
    """The images of a folder and its subfolders, sorted.

    Raises:
        ValueError: there is no such folder, or it holds no image.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder; give a folder of images")
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise ValueError(f"{folder} holds no image ({', '.join(sorted(SUFFIXES))})")
    return paths


def training_paths(folder: str | Path) -> list[Path]:
    """The images of a folder that are there to learn from, sorted.

    A folder in DIV2K's official layout holds reduced and validation images too: of it only
    DIV2K_train_HR is taken.

    Raises:
        ValueError: as for `image_paths`.
    """
    official = Path(folder) / DIV2K
    return image_paths(official if official.is_dir() else folder)


def read_image(path: Path, channels: int) -> UInt8[Tensor, "c h w"]:
    """One 8-bit image.

    Args:
        path: an image file.
        channels: 1 for grey (colour is converted by the BT.601 weights), 3 for RGB.

    Raises:
        ValueError: the file cannot be read as an image.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            pixels = np.array(image.convert("L" if channels == 1 else "RGB"))
    except (OSError, UnidentifiedImageError) as error:
        raise ValueError(f"{path} cannot be read as an image: {error}") from error
    return torch.from_numpy(pixels.reshape(*pixels.shape[:2], channels)).permute(2, 0, 1)


def channels_of(path: Path) -> int:
    """How many channels an image file is best read with: 1 if it is stored in grey, else 3.

    Raises:
        ValueError: the file cannot be read as an image.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            return 1 if image.mode[0] in "1LI" else 3
    except (OSError, UnidentifiedImageError) as error:
        raise ValueError(f"{path} cannot be read as an image: {error}") from error
