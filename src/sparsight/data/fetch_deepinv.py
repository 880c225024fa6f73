"""Datasets that are offered as archives alone: DeepInverse downloads, pinned images are kept."""

import importlib
import shutil
import tempfile
from pathlib import Path

from sparsight.atomic import whole_file
from sparsight.data.sets import Dataset


def fetch_archive(dataset: Dataset, folder: Path) -> int:
    """Downloads a set as `deepinv.datasets` has it.

    Args:
        dataset: one that names a class of it.
        folder: where its images go; made if need be.

    Returns:
        How many images it has.

    Raises:
        ValueError: DeepInverse is not installed, the archive cannot be reached, or its images
            differ from the pinned ones. Nothing is kept then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".archive.") as unpacked:
        _download(dataset, Path(unpacked))
        found = {path.name: path for path in Path(unpacked).rglob("*") if path.is_file()}
        for pin in dataset.pins:
            path = found.get(pin.name)
            if path is None or not pin.matches(path):
                what = "is not in" if path is None else "is not the image that was pinned, in"
                raise ValueError(f"{pin.name} {what} deepinv.datasets.{dataset.archive}")
        for pin in dataset.pins:
            with whole_file(folder / pin.name) as part:
                shutil.copy(found[pin.name], part)
    return len(dataset.pins)


def _download(dataset: Dataset, folder: Path) -> None:
    try:
        archives = importlib.import_module("deepinv.datasets")
    except ImportError as error:
        raise ValueError(
            f"{dataset.name} is downloaded by DeepInverse, which is not installed; "
            "pip install 'sparsight[deepinv]', or give a folder with --from"
        ) from error
    try:
        getattr(archives, dataset.archive)(str(folder), download=True, verbose=False)
    except OSError as error:
        raise ValueError(
            f"{dataset.name} cannot be reached by deepinv.datasets.{dataset.archive} ({error}); "
            "try again where there is a network, or give a mirror or a folder with --from"
        ) from error
