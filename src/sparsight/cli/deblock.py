"""`sparsight deblock`: a JPEG in, the photograph without its artefacts out."""

from pathlib import Path
from typing import Annotated

import typer

from sparsight.cli.errors import naming
from sparsight.cli.options import Care, choose_device, first_installed
from sparsight.cli.progress import Waiting

# Codes are the better up to the highest quality that they know; the network knows finer ones.
_CODES = ("groupsc-jpeg", "sc-jpeg")
_NETWORK = ("nsr-deblock",)
_KNOWN_TO_CODES = 40


def deblock(
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="A JPEG; others with --quality.")],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="OUT", help="The restored photograph, best a PNG."),
    ],
    quality: Annotated[
        float | None,
        typer.Option(metavar="1-100", help="That of the JPEG; read from its tables by default."),
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of the zoo, or a file of weights.")
    ] = None,
    effort: Care = "balanced",
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps, ...")] = "auto",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an output that is there already.")
    ] = False,
) -> None:
    """Remove the artefacts of JPEG from a photograph.

    Its luma is restored, its colour stays as it was decoded. Transparency, EXIF and colour profile
    are kept.
    """
    import torch

    from sparsight.data import check_quality
    from sparsight.files import create_photo, open_photo
    from sparsight.zoo import load_deblocker, quality_of

    quality_of(effort, "effort")
    if quality is not None:
        check_quality(quality)
    photo = open_photo(image)
    known = _read_quality(image) if quality is None else quality
    preferred = _CODES + _NETWORK if known <= _KNOWN_TO_CODES else _NETWORK + _CODES
    name = model or first_installed(preferred, "undoes JPEG")
    deblocker = load_deblocker(name, effort).to(choose_device(device))

    def read(top: int, bottom: int) -> torch.Tensor:
        return torch.from_numpy(photo.read_rows(top, bottom))

    with (
        naming(image),
        Waiting(1) as waiting,
        create_photo(output, photo, overwrite) as writer,
    ):
        step = waiting.begin(0, image.name, deblocker.steps(photo.shape))
        for top, rows in deblocker.strips(read, photo.shape, known, step):
            writer.write_rows(top, rows.cpu().numpy())
    taken = deblocker.nearest(known)
    note = "" if taken == known else f", restored as {taken:g}: {name} knows no nearer"
    print(f"{image}: {name}, quality {known:g}{note} -> {output}")


def _read_quality(image: Path) -> int:
    from sparsight.files import FileError, jpeg_quality

    found = jpeg_quality(image)
    if found is None:
        raise FileError(
            f"{image}: it is no JPEG, so that its quality cannot be read; give --quality, "
            "that of the JPEG it once was"
        )
    return found
