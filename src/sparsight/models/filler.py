"""Images with gaps, made whole: mosaics of a sensor, and photographs with small holes.

What was not observed is NaN. Observed samples stay as they are.
"""

from collections.abc import Callable, Iterator

import torch
from jaxtyping import Float
from torch import Tensor, nn

from sparsight.models.boundary import check_images
from sparsight.models.denoiser import Denoiser
from sparsight.models.strips import ReadRows


class Filler(nn.Module):
    """Fills gaps in images of any size.

    Args:
        model: of patches, trained on images with gaps; the grid of its blocks depends on the
            image's size alone, and gaps lie where the image has them, whatever the block.
    """

    def __init__(self, model: Denoiser):
        super().__init__()
        self.model = model

    @property
    def channels(self) -> int:
        """Of the model: 1 grey, 3 RGB; models of colour fill grey images too."""
        return self.model.channels

    @property
    def device(self) -> torch.device:
        """Where the model computes."""
        return self.model.device

    @torch.no_grad()
    def forward(self, y: Tensor) -> Float[Tensor, "b c h w"]:
        """Whole images, not clipped, in the precision of y.

        Args:
            y: (b, c, h, w) in [0, 1], NaN in the gaps; grey or RGB.

        Raises:
            ValueError: y is no batch of images, a gap is as large as a patch, or y has other
                channels.
        """
        check_images(y, gaps=True)
        self._check(y)
        restored = self._as_given(self.model(self._as_wanted(y), gaps=True), y.shape[1])
        return torch.where(y.isnan(), restored, y)

    def strips(
        self,
        read_rows: ReadRows,
        size: tuple[int, int, int],
        progress: Callable[[], None] = lambda: None,
    ) -> Iterator[tuple[int, Float[Tensor, "c r w"]]]:
        """Fills one image strip by strip.

        Args:
            read_rows: (top, bottom) -> the image's rows, (c, bottom - top, w) in [0, 1] or NaN.
            size: channels, height and width of the image.
            progress: called after every block; there are `steps(size)`.

        Yields:
            The first row of a strip, and the strip.

        Raises:
            ValueError: a gap is as large as a patch.
        """

        def read(top: int, bottom: int) -> Tensor:
            rows = torch.as_tensor(read_rows(top, bottom))[None]
            self._check(rows)
            return self._as_wanted(rows)[0]

        wanted = (self._as_wanted(torch.zeros(1, size[0], 1, 1)).shape[1], *size[1:])
        for top, rows in self.model.strips(read, wanted, None, progress, gaps=True):
            given = torch.as_tensor(read_rows(top, top + rows.shape[1])).to(rows)
            restored = self._as_given(rows[None], size[0])[0]
            yield top, torch.where(given.isnan(), restored, given)

    def steps(self, size: tuple[int, int, int]) -> int:
        """How many blocks an image of (c, h, w) is restored in."""
        return self.model.steps(size)

    def _as_wanted(self, y: Tensor) -> Tensor:
        return y.expand(-1, self.channels, -1, -1) if y.shape[1] == 1 else y

    def _as_given(self, x: Tensor, channels: int) -> Tensor:
        return x.mean(1, keepdim=True) if channels < x.shape[1] else x

    def _check(self, y: Tensor) -> None:
        """A patch without any sample has not even a mean."""
        side = self.model.model.fidelity.side
        seen = (~y.isnan()).any(1).float()
        if min(seen.shape[1:]) < side:
            return  # the model says so itself, or the rows are a margin
        if bool((nn.functional.max_pool2d(seen, side, 1) == 0).any()):
            raise ValueError(
                f"a hole of the image holds {side} x {side} pixels, a whole patch; this model "
                "fills smaller ones"
            )
