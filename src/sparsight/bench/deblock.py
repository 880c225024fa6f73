"""JPEG artefacts: PSNR and SSIM of luma over a folder (GroupSC section 4, NSR section 4.3).

Studio-range BT.601 luma, as uint8, is saved as a grey JPEG; files of one channel are taken as they
are. The model is told the quality that was asked for.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from jaxtyping import Float
from torch import Tensor

from sparsight.bench.scores import over_images, score
from sparsight.data import compress, read_luma

Restore = Callable[[Tensor, int], Tensor]


def as_it_is(y: Float[Tensor, "b c h w"], quality: int) -> Float[Tensor, "b c h w"]:
    """What any model has to better: the JPEG."""
    return y


def bench_deblock(
    restore: Restore,
    paths: Sequence[Path],
    quality: float,
    progress: Callable[[], None] = lambda: None,
) -> dict[str, float]:
    """Compresses clean images, restores them, and compares.

    Args:
        restore: a `Deblocker`, or `as_it_is`.
        paths: clean images.
        quality: of JPEG, a whole number from 1 to 100.
        progress: called after each image.

    Returns:
        Means: `psnr`, `ssim`, `psnr_8bit`.

    Raises:
        ValueError: an image cannot be read, or the quality is none.
    """

    def measure(path: Path, place: int) -> dict[str, float]:
        clean = read_luma(path)
        jpeg = compress(clean, int(quality)).float() / 255
        return score(restore(jpeg[None], int(quality))[0].cpu(), clean.float() / 255)

    return over_images(paths, measure, progress)
