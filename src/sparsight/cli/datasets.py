"""`sparsight data`: the datasets of the papers, where they lie, how to get them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sparsight.cli.progress import Waiting
from sparsight.cli.tables import show_table

if TYPE_CHECKING:
    from sparsight.data.places import Places
    from sparsight.data.sets import Dataset

app = typer.Typer(
    help="Find, check and fetch the datasets of the papers. SPARSIGHT_DATA names a folder with "
    "one subfolder per set.",
    no_args_is_help=True,
)
_Name = Annotated[str, typer.Argument(metavar="NAME", help="One that `sparsight data list` names.")]


@app.command("list")
def list_sets() -> None:
    """List the datasets, where they lie, and whether their images are the pinned ones."""
    from sparsight.data.places import find_places, settings_file
    from sparsight.data.sets import DATASETS

    places = find_places()
    rows = [
        [name, dataset.what, f"{len(dataset.pins)}", *_where(dataset, places)]
        for name, dataset in DATASETS.items()
    ]
    show_table(["dataset", "what", ">images", "folder", "state"], rows)
    if places.folder is None and not places.sets:
        print(f"Set SPARSIGHT_DATA, or write {settings_file()}, to say where they lie.")


@app.command()
def where(name: _Name) -> None:
    """Print the folder of a dataset; fails if its images are not the pinned ones."""
    from sparsight.data.pinned import Holding
    from sparsight.data.places import find_places
    from sparsight.data.sets import dataset_of

    dataset = dataset_of(name)
    holding = Holding(find_places().of(name), dataset.pins)
    holding.paths()
    print(holding.folder)


@app.command()
def fetch(
    name: _Name,
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="ADDRESS", help="A mirror, or a folder, with its images."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="Where to, if not where it belongs."),
    ] = None,
) -> None:
    """Download a dataset; every image is checked against what is pinned."""
    from sparsight.data.fetch import fetch as fetch_set
    from sparsight.data.places import find_places
    from sparsight.data.sets import dataset_of

    dataset = dataset_of(name)
    folder = find_places().of(name) if output is None else output
    with Waiting(1) as waiting:
        step = waiting.begin(0, name, len(dataset.pins))
        count = fetch_set(dataset, folder, _sources(source), step)
    print(f"{folder}: {count} downloaded, {len(dataset.pins) - count} there already")
    print(f"terms: {dataset.terms}")


def _sources(text: str | None) -> list[str]:
    if text is None:
        return []
    return [text if "://" in text else Path(text).expanduser().resolve().as_uri()]


def _where(dataset: "Dataset", places: "Places") -> list[str]:
    from sparsight.data.pinned import Holding

    try:
        folder = places.of(dataset.name)
    except ValueError:
        return ["", "nobody says where"]
    if not folder.is_dir():
        return [str(folder), "not there"]
    try:
        problem = Holding(folder, dataset.pins).problem
    except ValueError as error:
        problem = str(error)
    return [str(folder), problem or "complete, all images as pinned"]
