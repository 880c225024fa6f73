"""Inpainting of small holes: PSNR and SSIM over a folder (GroupSC section 3.5).

Images are noiseless. A hole is a pixel of all channels; where they are depends on the place of the
image in the folder alone.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from sparsight.bench.scores import over_images, score
from sparsight.data import Holes, read_image
from sparsight.models import Filler


def bench_inpaint(
    model: Filler,
    paths: Sequence[Path],
    lost: float,
    progress: Callable[[], None] = lambda: None,
) -> dict[str, float]:
    """Makes holes into clean images, fills them and compares.

    Args:
        model: of holes, on its device.
        paths: clean images.
        lost: share of the pixels that are.
        progress: called after each image.

    Returns:
        Means: `psnr`, `ssim`, `psnr_8bit` of whole images.

    Raises:
        ValueError: an image cannot be read.
    """

    def measure(path: Path, place: int) -> dict[str, float]:
        clean = read_image(path, model.channels).float() / 255
        seen = Holes(lost, lost)(clean.shape, torch.Generator().manual_seed(place))
        y = clean.masked_fill(seen == 0, torch.nan)
        return score(model(y[None].to(model.device))[0].cpu(), clean)

    return over_images(paths, measure, progress)
