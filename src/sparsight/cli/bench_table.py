"""`sparsight bench TABLE`: a paper's table anew, from shipped weights on pinned images."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from sparsight.cli.progress import Waiting
from sparsight.cli.tables import show_table

if TYPE_CHECKING:
    from sparsight.bench.table import Table

ANY = "TABLE"
ALL = "all"


class AnyTable(TyperGroup):
    """Takes every word that is no other command for the name of a table."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of this name, else the one for tables."""
        return super().get_command(ctx, cmd_name) or super().get_command(ctx, ANY)


def table(
    ctx: typer.Context,
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
    """Measure a paper's table anew, e.g. groupsc-gray; `all` does all that can be.

    The images must be those that are pinned, the protocol is fixed, the weights are those that
    come with the package. Published, measured and difference stand side by side.
    """
    if output is not None and not output.is_dir():
        raise ValueError(f"{output} is not a folder; create it first")
    if resume and output is None:
        raise ValueError("--resume goes with -o, the folder of an earlier run")
    for chosen in _choose(ctx.info_name or ""):
        _regenerate(chosen, data, output, resume, limit)


def _choose(name: str) -> "list[Table]":
    from sparsight.bench.papers import TABLES, table_of
    from sparsight.zoo import names

    if name != ALL:
        return [table_of(name)]
    shipped = set(names())
    return [t for t in TABLES.values() if any(shipped & set(row.models) for row in t.rows)]


def _regenerate(
    table: "Table", data: Path | None, output: Path | None, resume: bool, limit: int | None
) -> None:
    from sparsight.bench import read_record
    from sparsight.bench.table import cell_count, measure_table
    from sparsight.bench.table_page import save_table

    images = _images(table, data, limit)
    file = None if output is None else output / f"{table.name}.json"
    known = read_record(file) if resume and file is not None and file.is_file() else None
    with Waiting(cell_count(table)) as waiting:
        record = measure_table(
            table,
            images,
            waiting.begin,
            known,
            lambda part: None if output is None else _save(part, output),
        )
    _show(record)
    if output is not None:
        print("wrote", ", ".join(map(str, save_table(record, output))))


def _images(table: "Table", data: Path | None, limit: int | None) -> dict[str, list[Path]]:
    from sparsight.data.pinned import Holding
    from sparsight.data.places import find_places

    places = find_places(data)
    return {
        name: Holding(places.of(name), pins).paths()[:limit] for name, pins in table.pins.items()
    }


def _save(record: Any, output: Path) -> None:
    from sparsight.bench.table_page import save_table

    save_table(record, output)


def _show(record: dict[str, Any]) -> None:
    from sparsight.bench.table_page import comparison, has_ssim

    title = f"{record['title']} ({record['source']}): published / measured / difference"
    for metric in ["psnr", "ssim"][: 1 + has_ssim(record)]:
        heads, rows = comparison(record, metric)
        flush = [*heads[:2], *(f">{head}" for head in heads[2:])]
        show_table(flush, rows, f"{title}, {'PSNR in dB' if metric == 'psnr' else 'SSIM'}")
