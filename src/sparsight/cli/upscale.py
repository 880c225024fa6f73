"""`sparsight upscale`: one photograph in, a larger one out."""

from pathlib import Path
from typing import Annotated

import typer

from sparsight.cli.errors import naming
from sparsight.cli.options import choose_device
from sparsight.cli.progress import Waiting

_SCALES = (2, 3, 4)


def upscale(
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="PNG, JPEG, TIFF or WebP.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="OUT", help="The larger photograph.")
    ],
    scale: Annotated[int, typer.Option(metavar="2|3|4", help="How many times larger.")] = 2,
    model: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="nsr-upscale-xSCALE by default, or a file of weights."),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps, ...")] = "auto",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an output that is there already.")
    ] = False,
) -> None:
    """Enlarge a photograph.

    Bit depth, EXIF and colour profile are kept; transparency is enlarged too.
    """
    import torch

    from sparsight.files import create_photo, enlarged, open_photo
    from sparsight.zoo import load_upscaler

    if scale not in _SCALES:
        raise ValueError(f"scale is {scale}; give 2, 3 or 4")
    photo = open_photo(image)
    upscaler = load_upscaler(model or f"nsr-upscale-x{scale}").to(choose_device(device))
    if upscaler.scale != scale:
        raise ValueError(f"scale is {scale}, but {model} enlarges {upscaler.scale} times")
    with (
        naming(image),
        Waiting(1) as waiting,
        create_photo(output, enlarged(photo, scale), overwrite) as writer,
    ):
        step = waiting.begin(0, image.name, upscaler.steps(photo.shape))

        def read(top: int, bottom: int) -> torch.Tensor:
            return torch.from_numpy(photo.read_rows(top, bottom))

        for top, rows in upscaler.strips(read, photo.shape, progress=step):
            writer.write_rows(top, rows.cpu().numpy())
    height, width = photo.shape[1:]
    print(f"{image}: {width} x {height} -> {output}: {scale * width} x {scale * height}")
