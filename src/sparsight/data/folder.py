"""Folders of clean images, as training and benchmarks read them."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

if TYPE_CHECKING:
    from PIL import Image

# White of the kinds of grey that Pillow would cut off at 255.
_SAMPLE_FORMAT, _SIGNED = 339, 2  # of TIFF
DEEP = {"I;16": 65535, "I;16L": 65535, "I;16B": 65535, "I": 65535, "F": 1.0}
SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"}
DIV2K = "DIV2K_train_HR"


def image_paths(folder: str | Path) -> list[Path]:
    """The images of a folder and its subfolders, sorted; hidden ones are passed over.

    Raises:
        ValueError: there is no such folder, or it holds no image.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder; give a folder of images")
    paths = sorted(path for path in folder.rglob("*") if _is_image(path, folder))
    if not paths:
        raise ValueError(f"{folder} holds no image ({', '.join(sorted(SUFFIXES))})")
    return paths


def benchmark_paths(folder: str | Path, limit: int | None = None) -> list[Path]:
    """The first images of a folder, each of them opened once.

    What is no image is named before hours are spent on those before it.

    Args:
        folder: as for `image_paths`.
        limit: how many at most; None for all.

    Raises:
        ValueError: as for `image_paths`, or a file cannot be opened as an image.
    """
    paths = image_paths(folder)[:limit]
    for path in paths:
        channels_of(path)
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


def digest_of(paths: Iterable[Path]) -> str:
    """Tells the contents of some files, in their order, from those of others: 16 hexadecimals."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]


def read_image(path: Path, channels: int) -> UInt8[Tensor, "c h w"]:
    """One image, in 8 bits.

    Args:
        path: an image file; grey ones of 16 bits, or of floats from 0 to 1, are rounded.
        channels: 1 for grey (colour is converted by the BT.601 weights), 3 for RGB.

    Raises:
        ValueError: the file cannot be read as an image.
    """
    with _opened(path) as image:
        if image.mode in DEEP:
            pixels = (_deep(path, image) * 255).round().astype(np.uint8)[..., None]
            pixels = pixels.repeat(channels, 2)
        else:
            pixels = np.array(_converted(path, image, "L" if channels == 1 else "RGB"))
    return torch.from_numpy(pixels.reshape(*pixels.shape[:2], channels)).permute(2, 0, 1)


def read_grey(path: Path) -> Float[Tensor, "h w"]:
    """One image in grey, from 0 to 1, as finely as the file has it, turned as viewers show it.

    Args:
        path: an image file; colour is converted by the BT.601 weights.

    Raises:
        ValueError: the file cannot be read as an image.
    """
    from PIL import ImageOps

    with _opened(path) as image:
        ImageOps.exif_transpose(image, in_place=True)
        deep = image.mode in DEEP
        pixels = _deep(path, image) if deep else np.array(_converted(path, image, "L")) / 255
    return torch.from_numpy(pixels)


def channels_of(path: Path) -> int:
    """How many channels an image file is best read with: 1 if it is stored in grey, else 3.

    Raises:
        ValueError: the file cannot be read as an image.
    """
    with _opened(path) as image:
        return 1 if image.mode[0] in "1LIF" else 3


def is_transparent(path: Path) -> bool:
    """Whether an image file has pixels that are not opaque.

    Raises:
        ValueError: the file cannot be read as an image.
    """
    with _opened(path) as image:
        if not image.has_transparency_data:
            return False
        return image.convert("RGBA").getchannel("A").getextrema()[0] < 255  # pyright: ignore[reportOperatorIssue]


def _is_image(path: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return path.suffix.lower() in SUFFIXES and not hidden and path.is_file()


@contextmanager
def _opened(path: Path) -> "Iterator[Image.Image]":
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            pages = getattr(image, "n_frames", 1)  # which some formats never have
            if pages > 1 and image.format != "MPO":  # of a camera, whose first is the photograph
                raise ValueError(f"{path} has {pages} pages; save each by itself")
            if _SIGNED in getattr(image, "tag_v2", {}).get(_SAMPLE_FORMAT, ()):
                raise ValueError(f"{path} holds integers with a sign; save it with 8 or 16 bits")
            yield image
    except FileNotFoundError as error:
        raise ValueError(f"{path}: there is no such image") from error
    except UnidentifiedImageError as error:  # its words are the path once more
        raise ValueError(f"{path} cannot be read as an image; take it out") from error
    except OSError as error:
        raise ValueError(f"{path} cannot be read as an image: {error}") from error


def _converted(path: Path, image: "Image.Image", mode: str) -> "Image.Image":
    """In other colours, where Pillow knows how."""
    try:
        return image.convert(mode)
    except ValueError:
        raise ValueError(
            f"{path}: its pixels are {image.mode}; convert it to RGB or grey"
        ) from None


def _deep(path: Path, image: "Image.Image") -> np.ndarray:
    """Grey of more than 8 bits, divided by white."""
    if image.mode == "I" and image.format != "PNG":  # PNG has no more than 16
        raise ValueError(f"{path} holds integers of 32 bits; save it with 8 or 16 bits")
    white = DEEP[image.mode]
    pixels = np.array(image) / white
    if not np.isfinite(pixels).all():
        raise ValueError(f"{path} holds NaN or infinite numbers; give an image without any")
    if not (pixels.min() >= 0 and pixels.max() <= 1):
        raise ValueError(
            f"{path} holds numbers beyond 0 to {white:g}; save it with 8 or 16 bits, or as floats "
            "from 0 to 1"
        )
    return pixels
