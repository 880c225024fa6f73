"""`sparsight bench upscale`: super-resolution of folders of clean images."""

import shlex
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

MADE_BY = ("steps_done", "schedule", "seconds", "images", "data", "start")


class ManyFolders(TyperCommand):
    """Lets several values follow one --model and one --data."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """One option per value."""
        return super().parse_args(ctx, repeat_option(repeat_option(args, "--model"), "--data"))


def upscale(
    data: Annotated[
        list[Path],
        typer.Option(
            callback=in_sets, metavar="DIR...", help="Folders or datasets of clean images."
        ),
    ],
    model: Annotated[
        list[str], typer.Option(metavar="NAME...", help="Of the zoo, or files of weights.")
    ],
    json: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the results to this file too.")
    ] = None,
    page: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write them as a page of Markdown.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Only the first N images of a folder.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps, ...")] = "auto",
) -> None:
    """Reduce clean images bicubically, enlarge them, and compare, beside bicubic interpolation."""
    check_results(json)
    check_results(page, ".md")
    from sparsight.bench import save_results, save_text
    from sparsight.bench.upscale_page import upscale_page

    benches = measure(model, data, limit, device)
    _show(benches)
    if json is not None:
        save_results({"benches": benches}, json)
    if page is not None:
        words = ["--data", *(path.name for path in data), "--model", *map(title, model)]
        command = shlex.join(["sparsight", "bench", "upscale", *words, "--page", page.name])
        save_text(upscale_page(benches, command), page)


def measure(
    names: Sequence[str], folders: Sequence[Path], limit: int | None, device: str
) -> list[dict[str, Any]]:
    """The records of all models on all folders."""
    from sparsight.bench.upscale import bench_upscale
    from sparsight.data import benchmark_paths
    from sparsight.zoo import load_upscaler, read_weights

    sets = [(folder, benchmark_paths(folder, limit)) for folder in folders]
    models = [load_upscaler(name).to(choose_device(device)) for name in names]
    benches = []
    with Waiting(len(names) * len(sets)) as waiting:
        for name, upscaler in zip(names, models, strict=True):
            made = made_by(read_weights(name)[1])
            count = sum(values.numel() for values in upscaler.parameters())
            for folder, paths in sets:
                step = waiting.begin(len(benches), f"{title(name)} {folder.name}", len(paths))
                result = asdict(bench_upscale(upscaler, paths, step))
                benches.append(
                    {
                        "model": title(name),
                        "data": folder.resolve().name,
                        "parameters": count,
                        "made": made,
                        "results": [{key: round(value, 4) for key, value in result.items()}],
                    }
                )
    return benches


def made_by(record: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the training of weights was, if they tell."""
    return {key: record[key] for key in MADE_BY} if "steps_done" in record else None


def _show(benches: Sequence[Mapping[str, Any]]) -> None:
    rows = [
        [
            bench["model"],
            bench["data"],
            f"×{r['scale']}",
            f"{r['bicubic_psnr']:.2f}",
            f"{r['psnr']:.2f}",
            f"{r['ssim']:.4f}",
            f"{r['images']}",
            f"{r['seconds_per_image']:.2f}",
        ]
        for bench in benches
        for r in bench["results"]
    ]
    heads = ["model", "set", ">scale", ">bicubic dB", ">PSNR dB", ">SSIM", ">images"]
    show_table([*heads, ">s per image"], rows)
