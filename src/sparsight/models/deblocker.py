"""JPEG artefacts off photographs of any size: luma is restored, colour stays as it was decoded.

The Y of a JPEG file goes through a grey model; what the model changes is added to red, green and
blue alike, which leaves Cb and Cr as they are. A JPEG that is better than any the model was trained
for is restored as the best of those, and the change counts in proportion to the quantisation steps.
"""

from collections.abc import Callable, Iterator

import torch
from jaxtyping import Float
from torch import Tensor, nn

from sparsight.models.boundary import check_channels, check_images
from sparsight.models.denoiser import Denoiser
from sparsight.models.strips import ReadRows
from sparsight.models.tiled import Tiled
from sparsight.ops import full_luma


class Deblocker(nn.Module):
    """Undoes JPEG.

    Args:
        model: restores grey images; the level that it is told is the quality divided by 100.
        qualities: lowest and highest that it was trained for.

    Raises:
        ValueError: the model is for colour.
    """

    def __init__(self, model: Denoiser | Tiled, qualities: tuple[int, int]):
        super().__init__()
        if model.channels != 1:
            raise ValueError(f"the model restores {model.channels} channels; give one of luma")
        self.model = model
        self.qualities = qualities

    @property
    def device(self) -> torch.device:
        """Where the model computes."""
        return self.model.device

    def nearest(self, quality: int | float) -> int | float:
        """The quality among those trained for that an image of this quality is taken for."""
        low, high = self.qualities
        return min(max(quality, low), high)

    def share(self, quality: int | float) -> float:
        """What the model's change counts for an image of this quality, 1 for those trained for."""
        return min(1.0, _coarseness(quality) / _coarseness(self.qualities[1]))

    @torch.no_grad()
    def forward(self, y: Tensor, quality: int | float) -> Float[Tensor, "b c h w"]:
        """Restored images, not clipped, in the precision of y.

        Args:
            y: decoded JPEGs in [0, 1], (b, c, h, w), grey or RGB.
            quality: 1 to 100; outside of what the model knows the nearest that it does.

        Raises:
            ValueError: y is no batch of images, is neither grey nor RGB, or there is no such
                quality.
        """
        check_images(y)
        _check_quality(quality)
        x = y.to(self.model.dtype)
        luma = _luma(x)
        change = self.model(luma, self.nearest(quality) / 100) - luma
        return (x + self.share(quality) * change).to(y.dtype)

    def strips(
        self,
        read_rows: ReadRows,
        size: tuple[int, int, int],
        quality: int | float,
        progress: Callable[[], None] = lambda: None,
    ) -> Iterator[tuple[int, Float[Tensor, "c r w"]]]:
        """Restores one image strip by strip.

        Args:
            read_rows: (top, bottom) -> the image's rows, (c, bottom - top, w) in [0, 1].
            size: channels, height and width of the image.
            quality: as for `forward`.
            progress: called after every piece; there are `steps(size)`.

        Yields:
            The first row of a strip, and the strip.

        Raises:
            ValueError: there is no such quality.
        """
        _check_quality(quality)

        def read_luma(top: int, bottom: int) -> Tensor:
            return _luma(torch.as_tensor(read_rows(top, bottom)))

        level = self.nearest(quality) / 100
        for top, rows in self.model.strips(read_luma, (1, *size[1:]), level, progress):
            before = torch.as_tensor(read_rows(top, top + rows.shape[1])).to(rows)
            yield top, before + self.share(quality) * (rows - _luma(before))

    def steps(self, size: tuple[int, int, int]) -> int:
        """How many pieces an image of (c, h, w) is restored in."""
        return self.model.steps((1, *size[1:]))


def _coarseness(quality: int | float) -> float:
    """How large libjpeg makes the quantisation steps at a quality, in percent of those at 50."""
    return 5000 / quality if quality < 50 else 200.0 - 2 * quality


def _check_quality(quality: int | float | None) -> None:
    if quality is None or not 1 <= quality <= 100:
        raise ValueError(f"quality is {quality}; give that of the JPEG, between 1 and 100")


def _luma(x: Float[Tensor, "*b c h w"]) -> Float[Tensor, "*b 1 h w"]:
    check_channels(x.shape[-3])
    return x if x.shape[-3] == 1 else full_luma(x)
