"""`sparsight demosaick`: what a sensor saw in, a colour photograph out."""

from pathlib import Path
from typing import Annotated

import typer

from sparsight.cli.errors import naming
from sparsight.cli.options import Care, choose_device, first_installed
from sparsight.cli.progress import Waiting

_PREFERRED = ("groupsc-demosaick", "sc-demosaick")


def demosaick(
    raw: Annotated[
        Path,
        typer.Argument(metavar="RAW", help="One number per pixel: a grey TIFF or PNG, or a .npy."),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT",
            help="The photograph: TIFF or PNG; of 8 bits also JPEG or WebP.",
        ),
    ],
    pattern: Annotated[
        str, typer.Option(metavar="RGGB|BGGR|GRBG|GBRG", help="Of the upper left 2 x 2 pixels.")
    ],
    white: Annotated[
        float | None,
        typer.Option(metavar="LEVEL", help="Of a saturated pixel; by default that of its bits."),
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of the zoo, or a file of weights.")
    ] = None,
    quality: Care = "balanced",
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps, ...")] = "auto",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an output that is there already.")
    ] = False,
) -> None:
    """Make a colour photograph of a Bayer mosaic.

    Samples keep their numbers, 8 to 16 bits or float; what the sensor did not see is filled in.
    Neither white balance nor gamma is applied.
    """
    import torch

    from sparsight.files import create_photo, in_colour, open_mosaic
    from sparsight.operators import check_pattern, spread_mosaic
    from sparsight.zoo import load_demosaicker

    check_pattern(pattern.upper())
    mosaic = open_mosaic(raw, white)
    name = model or first_installed(_PREFERRED, "demosaicks")
    filler = load_demosaicker(name, quality).to(choose_device(device))
    size = (3, *mosaic.shape[1:])

    def read(top: int, bottom: int) -> torch.Tensor:
        return spread_mosaic(torch.from_numpy(mosaic.read_rows(top, bottom)), pattern.upper(), top)

    with (
        naming(raw),
        Waiting(1) as waiting,
        create_photo(output, in_colour(mosaic), overwrite) as writer,
    ):
        step = waiting.begin(0, raw.name, filler.steps(size))
        for top, rows in filler.strips(read, size, step):
            writer.write_rows(top, rows.cpu().numpy())
    print(f"{raw}: {pattern.upper()}, white {mosaic.scale:g} -> {output}")
