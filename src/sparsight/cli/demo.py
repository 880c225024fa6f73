"""`sparsight demo`: a bundled photograph, noisy, restored, and what got lost."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sparsight.cli.options import choose_model, load_model

if TYPE_CHECKING:
    from torch import Tensor

    from sparsight.files import Photo

_SIGMA = 25
_AMPLIFIED = 4
_GAP = 8


def demo(
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="The picture; one that is there is written over."),
    ] = Path("demo.png"),
) -> None:
    """Restore a bundled photograph and write noisy | restored | difference."""
    import torch

    from sparsight.bench import add_noise
    from sparsight.files import create_photo, open_photo
    from sparsight.metrics import psnr

    name = choose_model(None)
    model = load_model(name)
    photo = open_photo(_bundled())
    clean = torch.from_numpy(photo.read_rows(0, photo.shape[1]))
    noisy = add_noise(clean, _SIGMA / 255, seed=0)
    like = _row_of_three(output, clean)
    with create_photo(output, like, overwrite=True) as writer:
        start = time.perf_counter()
        restored = model(noisy[None].to(model.device), _SIGMA / 255)[0].cpu()
        seconds = time.perf_counter() - start
        difference = 0.5 + _AMPLIFIED * (restored - clean)
        gap = torch.ones(3, clean.shape[1], _GAP)
        row = torch.cat([noisy, gap, restored, gap, difference], 2).clamp(0, 1)
        writer.write_rows(0, row.numpy())
    print(f"{output}: noisy | restored | difference x {_AMPLIFIED} (mid-grey is none)")
    print(f"model {name}, sigma {_SIGMA}, {seconds:.1f} s")
    print(f"PSNR {psnr(noisy, clean):.2f} dB -> {psnr(restored, clean):.2f} dB")


def _bundled() -> Path:
    from sparsight import files

    return Path(files.__file__).with_name("demo.png")


def _row_of_three(path: Path, image: "Tensor") -> "Photo":
    """What a photograph would be that holds three such images side by side."""
    import numpy as np

    from sparsight.files.metadata import Metadata
    from sparsight.files.photo import photo_of
    from sparsight.files.samples import ArraySamples

    channels, height, width = image.shape
    empty = np.empty((height, 3 * width + 2 * _GAP, channels), np.uint8)
    return photo_of(path, ArraySamples(empty), channels, Metadata(), lossless=True)
