"""Measured magnitudes out: `.npy` and TIFF keep the numbers, PNG shows them."""

from pathlib import Path

import numpy as np
from jaxtyping import Float

from sparsight.atomic import whole_file
from sparsight.files.errors import refuse, writing

NUMBERS = (".npy", ".tif", ".tiff")


def check_target(path: Path, slices: int, overwrite: bool) -> None:
    """Refuses before the work what could not be written after it.

    Args:
        path: where magnitudes shall go.
        slices: how many there are.
        overwrite: whether a file that is there already may go.

    Raises:
        FileError: another ending, no folder, a file already there, or too many slices.
    """
    suffix = path.suffix.lower()
    if path.is_dir():
        raise refuse(path, "it is a folder", "give the name of a file")
    if suffix not in (*NUMBERS, ".png"):
        raise refuse(path, f"{suffix or 'no ending'} cannot be written", "choose npy, tif or png")
    if suffix == ".png" and slices > 1:
        raise refuse(path, f"it cannot hold {slices} slices", "add --slice, or choose npy or tif")
    if not path.parent.is_dir():
        raise refuse(path, f"the folder {path.parent} does not exist", "create it first")
    if path.exists() and not overwrite:
        raise refuse(path, "it is there already", "add --overwrite or choose another name")


def write_planes(path: Path, planes: Float[np.ndarray, "slices h w"]) -> None:
    """Writes magnitudes, all or nothing.

    Args:
        path: `.npy` or `.tif` for the numbers themselves, `.png` for one slice in 16 bits whose
            greatest value becomes white.
        planes: not negative.

    Raises:
        FileError: when numbers are not finite, or the disk refuses.
    """
    if not np.isfinite(planes).all():
        raise refuse(path, "what was restored is not finite", "check the model")
    with writing(path), whole_file(path) as part:
        _write(part, planes[0] if len(planes) == 1 else planes)


def _write(path: Path, planes: np.ndarray) -> None:
    if path.suffix == ".npy":
        np.save(path, planes)
    elif path.suffix == ".png":
        from PIL import Image

        white = max(planes.max(), np.finfo(np.float32).tiny)
        Image.fromarray((planes / white * 65535).round().astype(np.uint16)).save(path)
    else:
        import tifffile

        tifffile.imwrite(path, planes, photometric="minisblack")
