"""`sparsight bench deblock`: undoing JPEG on a folder of clean images."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from sparsight.cli.bench import check_results, repeat_option, title
from sparsight.cli.options import choose_device, in_sets
from sparsight.cli.progress import Waiting
from sparsight.cli.tables import show_table

_QUALITIES = (10, 20, 30, 40)


class ManyQualities(TyperCommand):
    """Lets several values follow one --quality."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """One option per value."""
        return super().parse_args(ctx, repeat_option(args, "--quality"))


def deblock(
    data: Annotated[
        Path,
        typer.Option(callback=in_sets, metavar="DIR", help="Folder or dataset of clean images."),
    ],
    model: Annotated[
        str, typer.Option(metavar="NAME", help="Of the zoo, or a file of weights.")
    ] = "nsr-deblock",
    quality: Annotated[
        list[int] | None,
        typer.Option(metavar="1-100...", help="Of the JPEGs; 10 20 30 40 by default."),
    ] = None,
    json: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the results to this file too.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Only the first N images.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps, ...")] = "auto",
) -> None:
    """Compress the luma of clean images by JPEG, restore it, and compare, beside the JPEG."""
    check_results(json)
    from sparsight.bench import save_results

    record = measure(model, data, quality or _QUALITIES, limit, device)
    _show(record)
    if json is not None:
        save_results(record, json)


def measure(
    name: str, folder: Path, qualities: Sequence[int], limit: int | None, device: str
) -> dict[str, Any]:
    """The record of one model on one folder."""
    from sparsight.bench.deblock import bench_deblock
    from sparsight.data import benchmark_paths, check_quality
    from sparsight.zoo import load_deblocker

    for quality in qualities:
        check_quality(quality)
    paths, results = benchmark_paths(folder, limit), []
    deblocker = load_deblocker(name).to(choose_device(device))
    with Waiting(len(qualities)) as waiting:
        for number, quality in enumerate(qualities):
            step = waiting.begin(number, f"quality {quality}", len(paths))
            result = asdict(bench_deblock(deblocker, paths, quality, step))
            results.append({key: round(value, 4) for key, value in result.items()})
    return {"model": title(name), "data": folder.resolve().name, "results": results}


def _show(record: Mapping[str, Any]) -> None:
    rows = [
        [
            f"{r['jpeg_quality']}",
            f"{r['jpeg_psnr']:.2f}",
            f"{r['psnr']:.2f}",
            f"{r['jpeg_ssim']:.4f}",
            f"{r['ssim']:.4f}",
            f"{r['images']}",
            f"{r['seconds_per_image']:.2f}",
        ]
        for r in record["results"]
    ]
    heads = [">quality", ">JPEG dB", ">PSNR dB", ">JPEG SSIM", ">SSIM", ">images", ">s per image"]
    show_table(heads, rows, f"{record['model']} on {record['data']}")
