"""`sparsight restore mri`: k-space of which a part was measured in, magnitude image out."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sparsight.cli.options import choose_device
from sparsight.cli.progress import Waiting

if TYPE_CHECKING:
    from torch import Tensor

    from sparsight.files.kspace import Scan


def mri(
    kspace: Annotated[
        Path,
        typer.Argument(
            metavar="KSPACE", help="Complex k-space: .npy, or .h5 in the layout of fastMRI."
        ),
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help=".npy or .tif keep the numbers, .png shows them."),
    ],
    mask: Annotated[
        Path | None,
        typer.Option(help=".npy of zeros and ones, a plane or one row; needless if in KSPACE."),
    ] = None,
    number: Annotated[
        int | None, typer.Option("--slice", metavar="N", min=0, help="Only this slice, from 0.")
    ] = None,
    centred: Annotated[
        bool | None,
        typer.Option(
            "--centred/--corner",
            help="Where zero frequency stands, in k-space and mask; by default in the middle "
            "for .h5, at the first entry for .npy.",
        ),
    ] = None,
    model: Annotated[
        str, typer.Option(metavar="NAME", help="One of MRI from `sparsight zoo`, or a file.")
    ] = "mri-tv",
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps, ...")] = "auto",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an output that is there already.")
    ] = False,
) -> None:
    """Restore magnitude images from part of their k-space.

    Slices are restored one by one; real and imaginary parts and coils side by side.
    """
    import numpy as np

    from sparsight.files.kspace import HDF5, read_scan
    from sparsight.files.plane import check_target, write_planes
    from sparsight.zoo import load_scan_restorer

    scan = read_scan(kspace)
    chosen = _slices(len(scan.kspace), number)
    check_target(output, len(chosen), overwrite)
    middle = kspace.suffix.lower() in HDF5 if centred is None else centred
    planes, seen = _tensors(scan, mask, middle)
    restorer, place = load_scan_restorer(model), choose_device(device)
    restorer, seen, images = restorer.to(place), seen.to(place), []
    with Waiting(1) as waiting:
        step = waiting.begin(0, kspace.name, len(chosen))
        for slice_number in chosen:
            images.append(restorer(planes[slice_number].to(place), seen).cpu().numpy())
            step()
    write_planes(output, np.stack(images))
    rate = 100 * seen.mean().item()
    print(f"{kspace}: {len(images)} restored from {rate:.1f} % of k-space -> {output}")


def _slices(count: int, number: int | None) -> range:
    if number is None:
        return range(count)
    if number >= count:
        raise ValueError(f"slice is {number}; the file has slices 0 to {count - 1}")
    return range(number, number + 1)


def _tensors(scan: "Scan", path: Path | None, centred: bool) -> tuple["Tensor", "Tensor"]:
    """K-space and mask with zero frequency at [0, 0]."""
    import torch

    from sparsight.data import read_mask

    if path is not None:
        mask = read_mask(path)
    elif scan.mask is not None:
        mask = torch.from_numpy(scan.mask)
    else:
        raise ValueError("no mask was given and the file holds none; add --mask MASK.npy")
    kspace = torch.from_numpy(scan.kspace)
    if not centred:
        return kspace, mask
    return torch.fft.ifftshift(kspace, (2, 3)), torch.fft.ifftshift(mask)
