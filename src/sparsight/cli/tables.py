"""Tables on stdout."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

# Enough for any line: what goes to a file or a pipe is not folded.
_WIDE = 2000


def show_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    title: str = "",
    in_pipe: int = _WIDE,
) -> None:
    """Prints a table.

    Args:
        columns: their heads; one that begins with ">" is set flush right.
        rows: texts, one per column.
        title: above it.
        in_pipe: columns that lines are folded at where there is no terminal.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title) if title else None, box=box.SIMPLE, title_justify="left")
    for head in columns:
        right = head.startswith(">")
        table.add_column(Text(head.removeprefix(">")), justify="right" if right else "left")
    for row in rows:
        table.add_row(*map(Text, row))
    Console(width=None if sys.stdout.isatty() else in_pipe).print(table)


def show_results(bench: Mapping[str, Any]) -> None:
    """Prints what a benchmark measured.

    Args:
        bench: as `sparsight bench denoise --json` writes it, or one of `bench mri`, `upscale`
            or `deblock`.
    """
    results: Sequence[Mapping[str, Any]] = bench["results"]
    rows = [
        [
            level(r),
            f"{r['psnr']:.2f}",
            f"{r['ssim']:.4f}",
            f"{r['psnr_8bit']:.2f}" if "psnr_8bit" in r else "",
            f"{r['images']}",
            f"{r['seconds_per_image']:.2f}" if "seconds_per_image" in r else "",
        ]
        for r in results
    ]
    heads = [">level", ">PSNR dB", ">SSIM", ">PSNR 8-bit", ">images", ">s per image"]
    show_table(heads, rows, f"{bench['model']} on {bench['data']}")


def level(result: Mapping[str, Any]) -> str:
    """At what a result was measured: a noise level, a scale, quality, mosaic or share."""
    if "scale" in result:
        return f"×{result['scale']}"
    if "pattern" in result:
        return f"{result['pattern']}"
    if "lost" in result:
        return f"{result['lost']:.0%} lost"
    if "jpeg_quality" in result:
        return f"q {result['jpeg_quality']}"
    return f"{result['sigma']:g}" if "sigma" in result else f"{result['rate']:.0f} %"
