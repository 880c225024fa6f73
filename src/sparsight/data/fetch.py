"""Downloads the images of a dataset, and keeps only those that are pinned."""

import http.client
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path

from sparsight.atomic import whole_file
from sparsight.data.fetch_deepinv import fetch_archive
from sparsight.data.pinned import Holding, Pin
from sparsight.data.sets import Dataset

PATIENCE = 30.0  # seconds without an answer


def fetch(
    dataset: Dataset,
    folder: Path,
    sources: Sequence[str] = (),
    progress: Callable[[], None] = lambda: None,
) -> int:
    """Downloads what is not there yet.

    Args:
        dataset: which.
        folder: where to; made if need be. Files that are there already stay.
        sources: addresses of folders, in place of those of the dataset.
        progress: called after each image.

    Returns:
        How many images were downloaded.

    Raises:
        ValueError: nobody offers the images one by one, they cannot be reached, or differ from
            the pinned ones, there or in the folder. What was downloaded before stays.
    """
    sources = sources or dataset.sources
    there = _there(dataset, folder)
    if not sources and dataset.archive:
        whole = all(pin.stem in there for pin in dataset.pins)
        return 0 if whole else fetch_archive(dataset, folder)
    if not sources:
        raise ValueError(
            f"{dataset.name} is offered nowhere image by image; {dataset.advice}, then put its "
            f"{len(dataset.pins)} images into {folder}"
        )
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for pin in dataset.pins:
        if pin.stem not in there:
            names = dict.fromkeys([dataset.file_name(pin), pin.name])
            _fetch_one(pin, list(names), folder, sources)
            count += 1
        progress()
    return count


def _there(dataset: Dataset, folder: Path) -> set[str]:
    """The images that a folder has, by name without ending; one that is another is refused."""
    holding = Holding(folder, dataset.pins)
    if holding.stranger is not None:
        raise ValueError(f"{holding.stranger}; move it away, then fetch again")
    return set(holding.found)


def _fetch_one(pin: Pin, names: Sequence[str], folder: Path, sources: Sequence[str]) -> None:
    address, content = _download(names, sources)
    target = folder / address.rpartition("/")[2]
    with whole_file(target) as part:
        part.write_bytes(content)
        if not pin.matches(part):
            raise ValueError(f"{address} is not the image that was pinned; it was not kept")


def _download(names: Sequence[str], sources: Sequence[str]) -> tuple[str, bytes]:
    """The first of all addresses that exists, and what it holds."""
    for address in (f"{source.rstrip('/')}/{name}" for source in sources for name in names):
        try:
            with urllib.request.urlopen(address, timeout=PATIENCE) as answer:
                return address, answer.read()
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise ValueError(f"{address} answers {error.code} {error.reason}") from error
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", None) or error
            if isinstance(reason, FileNotFoundError) or "No such file" in str(reason):
                continue  # file: addresses
            raise ValueError(
                f"{address} cannot be reached ({reason}); try again where there is a network, or "
                "give a mirror or a folder with --from"
            ) from error
    raise ValueError(f"{names[0]} is at none of {', '.join(sources)}")
