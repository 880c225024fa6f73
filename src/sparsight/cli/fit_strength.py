"""`sparsight restore fit-strength`: strengths, and growth, in the weights of a critic."""

from pathlib import Path
from typing import Annotated

import typer

from sparsight.cli.options import choose_device, in_sets, noise_level
from sparsight.cli.progress import Waiting

_LEVELS = "2.55,7.65,12.75,25.5,51,102"


def fit_strength(
    weights: Annotated[Path, typer.Argument(metavar="FILE", help="Weights of a critic.")],
    clean: Annotated[
        Path,
        typer.Option(
            callback=in_sets, metavar="DIR", help="Clean images; never those of a benchmark."
        ),
    ],
    sigma: Annotated[
        str, typer.Option(metavar="A,B,...", help="Noise levels in 8-bit units, increasing.")
    ] = _LEVELS,
    crops: Annotated[int, typer.Option(min=1, help="Images, spread over the folder.")] = 8,
    side: Annotated[int, typer.Option(min=16, help="Of a middle square of each, pixels.")] = 128,
    power: Annotated[
        float | None,
        typer.Option(
            min=0.05, help="Of the distance to clean patches, 1 as trained; unchanged by default."
        ),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps, ...")] = "auto",
) -> None:
    """Fit the strength of a critic at each noise level and write it into its weights.

    With --power the penalty grows by another power of the distance to clean patches from then on.
    """
    levels = [noise_level(text) / 255 for text in sigma.split(",")]
    if len(levels) < 2 or any(a >= b for a, b in zip(levels[:-1], levels[1:], strict=True)):
        raise ValueError(f"sigma is {sigma}; give two or more increasing levels, as in {_LEVELS}")
    if levels[0] <= 0:
        raise ValueError(f"sigma is {sigma}; levels must be above 0")
    from sparsight.models import LocalRegularizer
    from sparsight.penalties import Growth
    from sparsight.training.strengths import fit_strengths, middles
    from sparsight.zoo import load_critic, save_weights

    if not weights.is_file():
        raise ValueError(f"{weights}: there is no such file; strengths are written into it")
    critic, record = load_critic(str(weights))
    place = choose_device(device)
    images = middles(clean, critic.channels, crops, side).to(place)
    critic.to(place)
    if power is not None:
        growth = None if power == 1 else Growth.above(critic(images), power).record()
        record = {**record, "growth": growth}
    with Waiting(1) as waiting:
        step = waiting.begin(0, weights.name, len(levels))
        regularizer = LocalRegularizer.of_record(critic, record)
        table = fit_strengths(regularizer, images, levels, progress=step)
    found = {**table.record(), "data": clean.resolve().name, "images": len(images), "side": side}
    save_weights(critic, {**record, "strengths": found}, weights)
    for level, value in zip(table.levels, table.values, strict=True):
        print(f"sigma {255 * level:g}: strength {value:.3f}")
    print(f"written into {weights}")
