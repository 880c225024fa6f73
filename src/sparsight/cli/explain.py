"""`sparsight explain`: what a model has learned, and what it did at one place of a photograph."""

from pathlib import Path
from typing import Annotated, Any

import typer

from sparsight.cli.explain_place import explain_place
from sparsight.cli.options import noise_level_or_auto
from sparsight.cli.pictures import save_picture
from sparsight.cli.tables import show_table


def explain(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL", help="One that `sparsight zoo` lists, or a .safetensors file."
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="A folder, made if need be.")
    ],
    image: Annotated[
        Path | None, typer.Argument(metavar="[IMAGE]", help="A photograph, with --at.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="X,Y", help="Column and row of a pixel as shown, from 0.")
    ] = None,
    sigma: Annotated[
        str, typer.Option(metavar="LEVEL", help="Noise level in 8-bit units; auto estimates it.")
    ] = "auto",
    quality: Annotated[
        float | None,
        typer.Option(metavar="1-100", help="For models of JPEG; by default read from the file."),
    ] = None,
) -> None:
    """Draw what a model has learned: dictionaries, thresholds, weights.

    With a photograph and --at, show instead what the model did with the patch about that pixel:
    its atoms and coefficients, its neighbours and their weights, what each step shrank. Models of
    pixels show the pixel's neighbours, their weights, and what each move did.
    """
    if (image is None) != (at is None):
        raise ValueError("IMAGE and --at X,Y go together; give both, or none to see the weights")
    if image is None and (sigma != "auto" or quality is not None):
        raise ValueError("--sigma and --quality go with IMAGE and --at; leave them out")
    place = None if at is None else _place(at)
    level = noise_level_or_auto(sigma)
    if output.exists() and not output.is_dir():
        raise ValueError(f"{output} is not a folder; give another name")
    if image is None or place is None:
        _explain_weights(model, output)
    else:
        explain_place(model, image, place, level, quality, output)


def _place(text: str) -> tuple[int, int]:
    try:
        x, y = (int(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"at is {text}; give column and row of a pixel, e.g. 120,80") from None
    return x, y


def _explain_weights(name: str, output: Path) -> None:
    from sparsight.bench import save_results
    from sparsight.explain.parameters import explain_parameters
    from sparsight.models import Unrolled
    from sparsight.zoo import members, read_weights

    if members(name):
        raise ValueError(f"{name} is made of {', '.join(members(name))}; explain one of them")
    model, record = read_weights(name)
    if not isinstance(model, Unrolled):
        raise ValueError(
            f"{name} is a network, whose weights say little to the eye; sparse codes and pixel "
            "games are explained here"
        )
    found = explain_parameters(model, _name_of_levels(record))
    output.mkdir(parents=True, exist_ok=True)
    for title, picture in found.pictures.items():
        save_picture(picture, output / f"{title}.png")
    save_results(found.facts, output / "parameters.json")
    rows = [
        [title, " x ".join(map(str, bank["shape"])), _span(bank["levels"]), _span(bank["median"])]
        for title, bank in found.facts["banks"].items()
    ]
    show_table(["learned", "shape", "at", "median"], rows, f"{Path(name).stem}")
    files = ["parameters.json", *(f"{title}.png" for title in found.pictures)]
    print(f"{output}: {', '.join(files)}")


def _span(values: list[Any]) -> str:
    ends = [value if isinstance(value, str) else f"{value:.4g}" for value in values]
    return ends[0] if len(ends) == 1 else f"{ends[0]} to {ends[-1]}"


def _name_of_levels(record: dict[str, Any]) -> Any:
    from sparsight.explain.levels import name_gaps, name_quality
    from sparsight.recipes.book import from_record
    from sparsight.zoo import jpeg_qualities

    if jpeg_qualities(record):
        return name_quality
    return None if from_record(record).gaps is None else name_gaps
