"""`sparsight bench mri`: quality on a folder of magnitude images."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from sparsight.cli.bench import check_results, repeat_option, title
from sparsight.cli.options import in_sets
from sparsight.cli.progress import Waiting
from sparsight.cli.tables import show_table

if TYPE_CHECKING:
    from sparsight.bench.mri import Restore
    from sparsight.models import Unrolled

_MADE_BY = ("recipe", "steps_done", "schedule", "seconds", "images", "data")


class ManyValues(TyperCommand):
    """Lets several values follow one --model and one --masks."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """One option per value."""
        return super().parse_args(ctx, repeat_option(repeat_option(args, "--model"), "--masks"))


def mri(
    data: Annotated[
        Path,
        typer.Option(
            callback=in_sets, metavar="DIR", help="Folder or dataset of magnitude images."
        ),
    ],
    masks: Annotated[
        list[Path],
        typer.Option(callback=in_sets, metavar="PATH...", help="Masks, .npy, or folders of them."),
    ],
    model: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME...", help="Of the zoo, or files; mri-tv by default."),
    ] = None,
    json: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the results to this file too.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Only the first N images.")
    ] = None,
) -> None:
    """Undersample the Fourier transform of images, restore them, and compare.

    Zero-filling is measured beside the models. Zero frequency of a mask stands at its first entry.
    `sparsight bench games-mri` is the paper's table, from shipped weights on pinned images.
    """
    check_results(json)
    from sparsight.bench import save_results

    names = model or ["mri-tv"]
    benches = _measure(["zero-filling", *names], data, masks, limit)
    _show(benches)
    if json is not None:
        save_results({"benches": benches[1:]}, json)


def _measure(
    names: Sequence[str], data: Path, masks: Sequence[Path], limit: int | None
) -> list[dict[str, Any]]:
    from sparsight.bench.mri import bench_scans
    from sparsight.data import benchmark_paths, read_masks

    sampling = [mask for path in masks for mask in read_masks(path)]
    paths = benchmark_paths(data, limit)
    models = [_load(name) for name in names]
    benches = []
    with Waiting(len(names) * len(sampling)) as waiting:
        for name, (restore, facts) in zip(names, models, strict=True):
            results = []
            for mask in sampling:
                number = len(benches) * len(sampling) + len(results)
                step = waiting.begin(number, f"{title(name)} {mask.mean():.0%}", len(paths))
                result = bench_scans(restore, paths, mask, step)
                results.append({key: round(value, 4) for key, value in asdict(result).items()})
            benches.append(
                {"model": title(name), "data": data.resolve().name, **facts, "results": results}
            )
    return benches


def _load(name: str) -> tuple["Unrolled | Restore", dict[str, Any]]:
    from sparsight.bench.mri import zero_filled
    from sparsight.fidelities import MeasuredFidelity
    from sparsight.models import Unrolled
    from sparsight.zoo import read_weights

    if name == "zero-filling":
        return zero_filled, {"parameters": 0, "made": None}
    model, record = read_weights(name)
    if not isinstance(model, Unrolled) or not isinstance(model.fidelity, MeasuredFidelity):
        raise ValueError(f"{name} restores photographs, not scans; use `sparsight bench denoise`")
    count = sum(values.numel() for values in model.parameters())
    made = {key: record[key] for key in _MADE_BY} if "steps_done" in record else None
    return model, {"parameters": count, "made": made}


def _show(benches: Sequence[Mapping[str, Any]]) -> None:
    rows = [
        [
            bench["model"],
            f"{r['rate']:.1f}",
            f"{r['psnr']:.2f}",
            f"{r['ssim']:.4f}",
            f"{r['images']}",
            f"{r['seconds_per_image']:.3f}",
        ]
        for bench in benches
        for r in bench["results"]
    ]
    heads = ["model", ">% observed", ">PSNR dB", ">SSIM", ">images", ">s per image"]
    show_table(heads, rows, benches[0]["data"])
