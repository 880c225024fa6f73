"""`sparsight bench mosaics|inpaint`: filling the gaps of clean images that were given some."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from sparsight.cli.bench import check_results, repeat_option, title
from sparsight.cli.options import choose_device, in_sets
from sparsight.cli.progress import Waiting
from sparsight.cli.tables import level, show_table

Measure = Callable[[Sequence[Path], Callable[[], None]], dict[str, float]]

_Data = Annotated[
    Path, typer.Option(callback=in_sets, metavar="DIR", help="Folder or dataset of clean images.")
]
_Model = Annotated[str, typer.Option(metavar="NAME", help="Of the zoo, or a file of weights.")]
_Json = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write the results to this file too.")
]
_Limit = Annotated[int | None, typer.Option(metavar="N", min=1, help="Only the first N images.")]
_Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps, ...")]


class ManyShares(TyperCommand):
    """Lets several values follow one --lost."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """One option per value."""
        return super().parse_args(ctx, repeat_option(args, "--lost"))


def mosaics(
    data: _Data,
    model: _Model = "groupsc-demosaick",
    json: _Json = None,
    limit: _Limit = None,
    device: _Device = "auto",
) -> None:
    """Make Bayer mosaics of clean images, demosaick them, and compare."""
    from sparsight.bench.demosaick import PATTERN, bench_demosaick
    from sparsight.zoo import load_demosaicker

    check_results(json)
    filler = load_demosaicker(model).to(choose_device(device))

    def measure(paths: Sequence[Path], step: Callable[[], None]) -> dict[str, float]:
        return bench_demosaick(filler, paths, step)

    _run(model, data, {PATTERN: ({"pattern": PATTERN}, measure)}, json, limit)


def inpaint(
    data: _Data,
    model: _Model = "sc-inpaint",
    lost: Annotated[
        list[float] | None,
        typer.Option(metavar="SHARE...", help="Of the pixels; 0.2 0.5 by default."),
    ] = None,
    json: _Json = None,
    limit: _Limit = None,
    device: _Device = "auto",
) -> None:
    """Lose pixels of clean images here and there, fill them in, and compare."""
    from sparsight.bench.inpaint import bench_inpaint
    from sparsight.zoo import load_inpainter

    check_results(json)
    shares = lost or [0.2, 0.5]
    for share in shares:
        if not 0 <= share < 1:
            raise ValueError(f"lost is {share:g}; give a share of the pixels, from 0 to below 1")
    filler = load_inpainter(model).to(choose_device(device))

    def measure(share: float) -> Measure:
        return lambda paths, step: bench_inpaint(filler, paths, share, step)

    cases = {f"{share:.0%} lost": ({"lost": share}, measure(share)) for share in shares}
    _run(model, data, cases, json, limit)


def _run(
    name: str,
    folder: Path,
    cases: Mapping[str, tuple[Mapping[str, Any], Measure]],
    json: Path | None,
    limit: int | None,
) -> None:
    from sparsight.bench import save_results
    from sparsight.data import benchmark_paths

    paths, results = benchmark_paths(folder, limit), []
    with Waiting(len(cases)) as waiting:
        for number, (label, (facts, measure)) in enumerate(cases.items()):
            filled = measure(paths, waiting.begin(number, label, len(paths)))
            rounded = {key: round(value, 4) for key, value in filled.items()}
            results.append({**facts, **rounded, "images": len(paths)})
    record = {"model": title(name), "data": folder.resolve().name, "results": results}
    _show(record)
    if json is not None:
        save_results(record, json)


def _show(record: Mapping[str, Any]) -> None:
    rows = [
        [
            level(r),
            f"{r['psnr']:.2f}",
            f"{r['psnr_inner']:.2f}" if "psnr_inner" in r else "",
            f"{r['ssim']:.4f}",
            f"{r['images']}",
        ]
        for r in record["results"]
    ]
    heads = [">gaps", ">PSNR dB", ">without border", ">SSIM", ">images"]
    show_table(heads, rows, f"{record['model']} on {record['data']}")
