"""Records of tables as text: for the terminal, as Markdown, as LaTeX; and all of them to files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from sparsight.bench.record import read_table, save_results, save_text

Record = Mapping[str, Any]
MINUS, NONE = "−", "–"


def comparison(record: Record, metric: str = "psnr") -> tuple[list[str], list[list[str]]]:
    """Heads and rows: per column the published figure, the measured one, and the difference.

    Args:
        record: as `measure_table` gives it.
        metric: one of the record's.
    """
    heads = ["method", "model", *map(_head(record), record["columns"])]
    rows = [
        [label, _models(cells), *(_cell(cell, metric) for cell in cells)]
        for label, cells in zip(record["rows"], record["cells"], strict=True)
        if any(_value(cell, kind, metric) is not None for cell in cells for kind in _KINDS)
    ]
    # Sets that are not to be had say nothing where nothing is published either.
    kept = [k for k in range(len(heads)) if k < 2 or any(row[k] != NONE for row in rows)]
    return [heads[k] for k in kept], [[row[k] for k in kept] for row in rows]


def markdown(record: Record) -> str:
    """One table of a page."""
    parts = [f"## {record['title']}", _about(record)]
    for metric, name in record["metrics"].items():
        heads, rows = comparison(record, metric)
        if rows:
            parts.append(f"{name}: {_READING}\n\n{markdown_table(heads, rows)}")
    protocol = "\n".join(f"- {key}: {text}" for key, text in record["protocol"].items())
    sets = "\n".join(
        f"- {name}: {facts['used']} images, SHA-256 of their pixels `{facts['pixels_sha256']}`"
        for name, facts in record["sets"].items()
    )
    parts += [markdown_table(_SPENT, spent)] if (spent := _spent(record)) else []
    command = f"sparsight bench {record['table']}"
    parts.append(f"Protocol of `{command}` ({_torch(record)}):\n\n{protocol}\n{sets}")
    return "\n\n".join(parts)


def latex(record: Record) -> str:
    """PSNR as a tabular environment that needs no package."""
    heads, rows = comparison(record)
    head, *body = [" & ".join(map(_escape, row)) + " \\\\" for row in (heads, *rows)]
    opening = f"\\begin{{tabular}}{{ll{'r' * (len(heads) - 2)}}}"
    lines = [f"% {record['source']}; PSNR in dB: {_READING}", opening]
    lines += ["\\hline", head, "\\hline", *body, "\\hline", "\\end{tabular}"]
    return "\n".join(lines) + "\n"


def save_table(record: Record, folder: Path, names: Sequence[str]) -> list[Path]:
    """Writes NAME.json, NAME.tex, and anew the page of Markdown that the table stands on.

    Args:
        record: as `measure_table` gives it.
        folder: which exists; the other tables of the page are read from it if they are there.
        names: of all tables of the page, in order.

    Returns:
        What was written.
    """
    paths = _files(folder, record["table"], record["page"])
    save_results(record, paths[0])
    save_text(latex(record), paths[1])
    tables = _tables(folder, names)
    commands = "\n".join(f"sparsight bench {table['table']} -o {folder.name}" for table in tables)
    head = f"# Results: {record['page']}\n\nWritten by\n\n```\n{commands}\n```"
    save_text("\n\n".join([head, *map(markdown, tables)]) + "\n", paths[-1])
    return paths


def check_folder(folder: Path, table: str, page: str, names: Sequence[str]) -> None:
    """Refuses before the work what `save_table` could not do after it.

    Args:
        folder: where the table shall go.
        table: its name.
        page: of Markdown, on which it stands.
        names: of all tables of the page.

    Raises:
        ValueError: no file can be made there, or what is there is in the way.
    """
    for path in _files(folder, table, page):
        if path.is_dir():
            raise ValueError(f"{path} is a folder; choose another folder for the results")
    try:
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ValueError(
            f"{folder}: no file can be made there ({error.strerror}); choose another folder"
        ) from error
    _tables(folder, [name for name in names if name != table])


def _files(folder: Path, table: str, page: str) -> list[Path]:
    return [folder / f"{table}.json", folder / f"{table}.tex", folder / f"{page}.md"]


def _tables(folder: Path, names: Sequence[str]) -> list[dict[str, Any]]:
    """Of these tables, those that are there."""
    files = [folder / f"{name}.json" for name in names]
    return [read_table(file) for file in files if file.is_file()]


_KINDS = ("published_", "")
_SPENT = ("model", "parameters", "steps of its last run", "minutes", "training images")
_READING = "published / measured here / difference"
_SPECIAL = {
    "σ": "$\\sigma$",
    "κ": "$\\kappa$",
    "×": "$\\times$",
    MINUS: "$-$",
    NONE: "--",
    **{mark: f"\\{mark}" for mark in "_&%#"},
}


def _about(record: Record) -> str:
    short = [f for f in record["sets"].values() if f["used"] < f["images"]]
    part = f" Measured on the first {short[0]['used']} images alone." if short else ""
    return f"Published figures: {record['source']}. {record['note']}{part}".strip()


def _head(record: Record) -> Any:
    several = len({column["dataset"] for column in record["columns"]}) > 1

    def head(column: Mapping[str, Any]) -> str:
        level = record["level"].format(column["level"])
        return ", ".join(filter(None, [column["dataset"] if several else "", level]))

    return head


def _models(cells: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(dict.fromkeys(cell["model"] for cell in cells if "images" in cell))


def _torch(record: Record) -> str:
    """The versions that cells were measured with."""
    cells = [cell for row in record["cells"] for cell in row]
    used = sorted({cell["torch"] for cell in cells if "torch" in cell})
    return f"torch {', '.join(used)}" if used else "nothing measured yet"


def _spent(record: Record) -> list[list[str]]:
    """A line for each model: its size, and what its last training took."""
    used = {cell["model"] for row in record["cells"] for cell in row if "images" in cell}
    return [
        [
            f"`{name}`",
            f"{made['parameters']:,}",
            f"{made['steps_done']:,}" if "steps_done" in made else "",
            f"{made['seconds'] / 60:.0f}" if "seconds" in made else "",
            f"{made['images']}" if "images" in made else "",
        ]
        for name, made in record["models"].items()
        if name in used
    ]


def _value(cell: Mapping[str, Any], kind: str, metric: str) -> float | None:
    return cell.get(kind + metric)


def _cell(cell: Mapping[str, Any], metric: str) -> str:
    published, measured = (_value(cell, kind, metric) for kind in _KINDS)
    digits = 4 if metric.startswith("ssim") else 2
    if measured is None:
        return NONE if published is None else f"{published:.{digits}f}"
    if published is None:
        return f"{NONE} / {measured:.{digits}f}"
    # Of what is shown, so that a reader who subtracts finds the same.
    gap = round(round(measured, digits) - published, digits)
    sign = MINUS if gap < 0 else "+"
    return f"{published:.{digits}f} / {measured:.{digits}f} / {sign}{abs(gap):.{digits}f}"


def markdown_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _escape(text: str) -> str:
    return "".join(_SPECIAL.get(mark, mark) for mark in text)
