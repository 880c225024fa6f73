"""Kernels and masks as users name them, checked before anything is computed."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import torch

_HOW = "give K.npy, K.png or gaussian:SIDE:SIGMA, e.g. gaussian:7:3"
_SUM_TOLERANCE = 1e-2
_LONGEST = 4095


def read_kernel(text: str) -> "torch.Tensor":
    """The kernel of a blur.

    Args:
        text: a file of numbers (.npy), a picture whose grey values are scaled to the sum 1, or
            gaussian:SIDE:SIGMA in pixels.

    Returns:
        Rows and columns, of odd sides and sum 1.

    Raises:
        ValueError: there is no such kernel, or it is none.
    """
    import numpy as np
    import torch

    if text.startswith("gaussian:"):
        kernel = _gaussian(text)
    else:
        kernel = _from_file(text)
    if kernel.ndim != 2 or kernel.size == 0:
        raise ValueError(f"{text}: a kernel has rows and columns; this has shape {kernel.shape}")
    if not np.isfinite(kernel).all() or kernel.min() < 0:
        raise ValueError(f"{text}: the kernel has entries below 0 or not finite; a blur has none")
    if any(side % 2 == 0 for side in kernel.shape):
        rows, columns = kernel.shape
        raise ValueError(
            f"{text}: the kernel has {rows} x {columns} entries; give it odd sides, so that it "
            "has a middle (add a row or column of zeros)"
        )
    total = float(kernel.sum())
    if abs(total - 1) > _SUM_TOLERANCE:
        raise ValueError(
            f"{text}: the kernel sums to {total:g}; divide it by that, so that it is 1"
        )
    return torch.from_numpy(kernel / total).float()


def read_observed(path: Path, size: tuple[int, int]) -> "torch.Tensor":
    """Which pixels were observed.

    Args:
        path: a picture, white where they were and black where they are lost, or .npy of ones and
            zeros.
        size: height and width that it must have, those of the photograph as it is shown.

    Returns:
        1 or 0, (1, 1, h, w).

    Raises:
        ValueError: it cannot be read, is transparent, has another size, or leaves nothing.
    """
    from sparsight.data import read_mask

    mask = (read_mask(path) if path.suffix.lower() == ".npy" else _painted(path))[None, None]
    if mask.shape[2:] != size:
        raise ValueError(
            f"{path}: the mask is {mask.shape[3]} x {mask.shape[2]} pixels, the photograph "
            f"{size[1]} x {size[0]}; make them alike"
        )
    if not mask.any():
        raise ValueError(
            f"{path}: the mask is black, so nothing was observed; white means observed"
        )
    return mask


def _painted(path: Path) -> "torch.Tensor":
    """1 where a picture is nearer to white than to black."""
    from sparsight.data import is_transparent, read_grey

    if is_transparent(path):
        raise ValueError(
            f"{path}: the mask is transparent in places, which says nothing; paint it white where "
            "pixels were observed and black where they are lost"
        )
    grey = read_grey(path)
    if 0 < grey.max() < 0.5:
        raise ValueError(
            f"{path}: the mask is nowhere lighter than {255 * grey.max():.0f} of 255; paint it "
            "white where pixels were observed"
        )
    return (grey >= 0.5).float()


def _gaussian(text: str) -> "np.ndarray":
    import numpy as np

    try:
        side, sigma = (
            kind(part) for kind, part in zip((int, float), text.split(":")[1:], strict=True)
        )
    except ValueError:
        raise ValueError(f"{text} is no kernel; {_HOW}") from None
    if side < 1 or not sigma > 0:
        raise ValueError(f"{text}: side and sigma of a Gaussian must be above 0; {_HOW}")
    if side > _LONGEST:
        raise ValueError(f"{text}: the side of a Gaussian is at most {_LONGEST} pixels; {_HOW}")
    place = np.arange(side) - (side - 1) / 2
    line = np.exp(-(place**2) / (2 * sigma**2))
    return np.outer(line, line) / line.sum() ** 2


def _from_file(text: str) -> "np.ndarray":
    import numpy as np

    from sparsight.data import read_grey
    from sparsight.files import read_array

    path = Path(text)
    if not path.is_file():
        raise ValueError(f"{text}: there is no such kernel; {_HOW}")
    if path.suffix.lower() != ".npy":
        grey = read_grey(path).double().numpy()
        return grey / max(grey.sum(), 1 / 255)
    array = read_array(path)
    if np.iscomplexobj(array):
        raise ValueError(f"{text}: the kernel is complex; a blur has real entries")
    try:
        return np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{text} holds no array of numbers: {error}") from error
