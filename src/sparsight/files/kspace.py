"""k-space in: `.npy`, or HDF5 in the layout of fastMRI (`kspace`, and `mask` in its test sets)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Complex, Float

from sparsight.files.arrays import read_array
from sparsight.files.errors import reading, refuse

HDF5 = (".h5", ".hdf5")

# Largest entries of k-space whose squares float32 can hold.
SMALLEST, GREATEST = 1e-18, 1e15


@dataclass(frozen=True)
class Scan:
    """What a scanner measured.

    Attributes:
        kspace: slices, coils, rows, columns.
        mask: as stored beside it, rows (or one for all) and columns; None if there is none.
    """

    kspace: Complex[np.ndarray, "slices coils h w"]
    mask: Float[np.ndarray, "_ w"] | None = None


def read_scan(path: Path) -> Scan:
    """Reads k-space.

    Args:
        path: `.npy` or HDF5; two axes are one plane, three are slices of one coil, four are
            slices and coils.

    Raises:
        FileError: it cannot be read, is not complex, or is so large or small that float32 could
            not hold what is computed of it; its mask holds other numbers than 0 and 1.
    """
    with reading(path):
        scan = _read_hdf5(path) if path.suffix.lower() in HDF5 else (read_array(path), None)
        kspace, mask = scan
        if not isinstance(kspace, np.ndarray) or kspace.ndim not in (2, 3, 4) or not kspace.size:
            raise refuse(path, "it holds no k-space", "give 2, 3 or 4 axes, the last two a plane")
        if not np.iscomplexobj(kspace):
            advice = "give complex k-space, not an image"
            raise refuse(path, f"it holds {kspace.dtype} numbers", advice)
        if not np.isfinite(kspace).all():
            raise refuse(path, "it holds numbers that are not finite", "get it again")
        largest = np.abs(kspace).max()
        if largest and not SMALLEST < largest < GREATEST:
            advice = f"scale it to between {SMALLEST:g} and {GREATEST:g}"
            raise refuse(path, f"its largest entry is {largest:.3g}", advice)
        if mask is not None and not np.isin(mask, (0, 1)).all():
            raise refuse(path, "its mask holds numbers other than 0 and 1", "give --mask MASK.npy")
        planes = kspace.reshape(_four_axes(kspace.shape)).astype(np.complex64)
        return Scan(planes, None if mask is None else np.atleast_2d(mask).astype(np.float32))


def _four_axes(shape: tuple[int, ...]) -> tuple[int, ...]:
    slices = shape[0] if len(shape) > 2 else 1
    coils = shape[1] if len(shape) > 3 else 1
    return slices, coils, *shape[-2:]


def _read_hdf5(path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    try:
        import h5py
    except ImportError as error:
        advice = "install with: pip install 'sparsight[mri]'"
        raise refuse(path, "HDF5 needs h5py", advice) from error
    with h5py.File(path, "r") as file:
        kspace, mask = file.get("kspace"), file.get("mask")
        if not isinstance(kspace, h5py.Dataset):
            known = ", ".join(file) or "nothing"
            raise refuse(path, f"it holds {known}", "give a file of fastMRI, with kspace")
        return kspace[()], mask[()] if isinstance(mask, h5py.Dataset) else None
