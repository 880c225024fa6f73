"""`sparsight bench table NAME`: a paper's table anew, from shipped weights on pinned images."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from sparsight.cli.errors import FAILED, report
from sparsight.cli.progress import Waiting
from sparsight.cli.tables import show_table

if TYPE_CHECKING:
    from sparsight.bench.table import Table

ANY = "table"
ALL = "all"


class AnyTable(TyperGroup):
    """Takes a word that is no command for the name of a table: `bench groupsc-gray`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command of this name, else the one for tables."""
        known = self.get_command(ctx, args[0]) is not None or args[0].startswith("-")
        return super().resolve_command(ctx, args if known else [ANY, *args])


def table(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Of the table, e.g. groupsc-gray; or all.")
    ],
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder with a subfolder per set; by default where `sparsight data` finds them.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="Write JSON, Markdown, LaTeX there."),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Keep cells of the JSON there whose inputs are the same."),
    ] = False,
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, hidden=True)] = None,
) -> None:
    """Measure a paper's table anew; `sparsight bench groupsc-gray` is short for it.

    The images must be those that are pinned, the protocol is fixed, the weights are those that
    come with the package. Published, measured and difference stand side by side.
    """
    if resume and output is None:
        raise ValueError("--resume goes with -o, the folder of an earlier run")
    chosen = _choose(name)
    if output is not None:
        if output.exists() and not output.is_dir():
            raise ValueError(f"{output} is not a folder; give another name")
        output.mkdir(parents=True, exist_ok=True)
    failed = sum(not _try(table, data, output, resume, limit, len(chosen) > 1) for table in chosen)
    if failed:
        raise typer.Exit(FAILED)


def _choose(name: str) -> "list[Table]":
    from sparsight.bench.measure import is_answerable
    from sparsight.bench.papers import TABLES, table_of

    if name != ALL:
        return [table_of(name)]
    return [table for table in TABLES.values() if is_answerable(table)]


def _try(
    table: "Table",
    data: Path | None,
    output: Path | None,
    resume: bool,
    limit: int | None,
    several: bool,
) -> bool:
    """Whether a table was measured; among several, one that cannot be is told of and left out."""
    try:
        images = _images(table, data, limit)
    except ValueError as error:
        if not several:
            raise
        report(f"{table.name}: {error}")
        return False
    _regenerate(table, images, output, resume)
    return True


def _regenerate(
    table: "Table", images: dict[str, list[Path]], output: Path | None, resume: bool
) -> None:
    from sparsight.bench.measure import cell_count, measure_table
    from sparsight.bench.papers import tables_of
    from sparsight.bench.table_page import check_folder

    if output is not None:
        check_folder(output, table.name, table.page, tables_of(table.page))
    known = _known(output) if resume and output is not None else []
    with Waiting(cell_count(table)) as waiting:
        record = measure_table(
            table, images, waiting.begin, known, lambda part: _save(part, output)
        )
    _show(record)
    if output is not None:
        print("wrote", ", ".join(map(str, _save(record, output))))


def _known(folder: Path) -> list[dict[str, Any]]:
    """The records of all tables there: some have cells in common."""
    from sparsight.bench.papers import TABLES
    from sparsight.bench.record import read_table

    files = [folder / f"{name}.json" for name in TABLES]
    return [read_table(file) for file in files if file.is_file()]


def _images(table: "Table", data: Path | None, limit: int | None) -> dict[str, list[Path]]:
    from sparsight.data.places import find_places

    places = find_places(data)
    found = {name: places.files(name) for name in table.pins}
    return {
        name: files if name in table.task.needs else files[:limit] for name, files in found.items()
    }


def _save(record: Any, output: Path | None) -> list[Path]:
    from sparsight.bench.papers import tables_of
    from sparsight.bench.table_page import save_table

    return [] if output is None else save_table(record, output, tables_of(record["page"]))


def _show(record: dict[str, Any]) -> None:
    from sparsight.bench.table_page import comparison

    print(f"{record['title']} ({record['source']}): published / measured / difference")
    for metric, title in record["metrics"].items():
        heads, rows = comparison(record, metric)
        if rows:
            show_table([*heads[:2], *(f">{head}" for head in heads[2:])], rows, title)
