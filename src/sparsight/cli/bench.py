"""`sparsight bench`: quality on a folder of clean images."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from sparsight.cli.options import Care, choose_model, in_sets, load_model, noise_level
from sparsight.cli.progress import Waiting
from sparsight.cli.tables import show_results

if TYPE_CHECKING:
    from sparsight.bench import Result

_LEVELS = ("15", "25", "50")

app = typer.Typer(help="Measure the quality of a model.", no_args_is_help=True)


class _ManySigmas(TyperCommand):
    """Lets several values follow one --sigma."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(ctx, repeat_option(args, "--sigma"))


@app.command("denoise", cls=_ManySigmas)
def denoise(
    data: Annotated[
        Path,
        typer.Option(callback=in_sets, metavar="DIR", help="Folder or dataset of clean images."),
    ],
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="One that `sparsight zoo` lists, or a .safetensors file."
        ),
    ] = None,
    sigma: Annotated[
        list[str] | None,
        typer.Option(metavar="LEVEL...", help="Noise levels in 8-bit units; 15 25 50 by default."),
    ] = None,
    json: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the results to this file too.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Only the first N images.")
    ] = None,
    quality: Care = "balanced",
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps, ...")] = "auto",
) -> None:
    """Add noise to clean images, restore them, and compare.

    Noise is added in float and neither clipped nor rounded; it is the same for an image in
    every run, at every noise level and for every model.
    """
    levels = [noise_level(text) for text in sigma or _LEVELS]
    check_results(json)
    from sparsight.bench import bench_denoise, save_results
    from sparsight.data import benchmark_paths

    name, paths = choose_model(model), benchmark_paths(data, limit)
    loaded = load_model(name, device, quality=quality)
    results = []
    with Waiting(len(levels)) as waiting:
        for number, level in enumerate(levels):
            step = waiting.begin(number, f"sigma {level:g}", len(paths))
            results.append(bench_denoise(loaded, paths, level, step))
    record = {
        "model": title(name),
        "quality": quality,
        "data": data.resolve().name,
        "results": [_rounded(result) for result in results],
    }
    show_results(record)
    if json is not None:
        save_results(record, json)


def repeat_option(words: Sequence[str], option: str) -> list[str]:
    """Turns `--sigma 15 25` into `--sigma 15 --sigma 25`.

    Args:
        words: of a command line whose command takes no arguments but options.
        option: which may have several values.
    """
    repeated: list[str] = []
    values = -1
    for word in words:
        if word.startswith("--"):
            values = int("=" in word) if word.partition("=")[0] == option else -1
        elif values >= 0:
            if values:
                repeated.append(option)
            values += 1
        repeated.append(word)
    return repeated


def title(name: str) -> str:
    """A name of the zoo, or the last two parts of a path."""
    return "/".join(Path(name).with_suffix("").parts[-2:])


def _rounded(result: "Result") -> dict[str, int | float]:
    return {key: round(value, 4) for key, value in asdict(result).items()} | {
        "sigma": int(result.sigma) if result.sigma.is_integer() else result.sigma
    }


def check_results(file: Path | None, ending: str = ".json") -> None:
    """Refuses before the work what could not be written after it, or would replace a picture."""
    if file is None:
        return
    if file.suffix.lower() != ending:
        raise ValueError(f"{file}: results go into a file of their own; end its name in {ending}")
    if not file.parent.is_dir():
        raise ValueError(f"{file}: the folder {file.parent} does not exist; create it first")
