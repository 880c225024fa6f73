"""Images of any size, restored strip by strip from top to bottom."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

import torch
from jaxtyping import Float
from torch import Tensor, nn

from sparsight.models.boundary import check_images
from sparsight.models.faint import within_noise

ReadRows = Callable[[int, int], Tensor]
Size = tuple[int, ...]


class InStrips(nn.Module, ABC):
    """What restores whole images, or one image strip by strip.

    Args:
        lowest: noise level in [0, 1] units from which on the model was trained; where there is
            less noise, no change counts that is larger (`within_noise`).
    """

    def __init__(self, lowest: float):
        super().__init__()
        self.lowest = lowest

    @property
    def device(self) -> torch.device:
        """Where the model computes."""
        return self._like().device

    @property
    def dtype(self) -> torch.dtype:
        """What the model computes in."""
        return self._like().dtype

    # Parts are computed in inference mode, but what is returned must be of use to autograd.
    @torch.no_grad()
    def forward(
        self, y: Tensor, sigma: float | Tensor | None = None, gaps: bool = False
    ) -> Float[Tensor, "b _ _ _"]:
        """Restored images, not clipped, in the precision of y.

        Args:
            y: noisy images in [0, 1], (b, c, h, w), grey or RGB; for models of patches from one
                patch side up.
            sigma: noise level in [0, 1] units, one number or one per image; a model of a
                single noise level needs none. Below `lowest` a change counts only as far as it
                can be noise.
            gaps: whether NaN marks pixels that were not observed; a model of patches fills them.

        Raises:
            ValueError: y is no batch of images, too small an image, a number of channels or a
                sigma that cannot be restored, or gaps for a model that fills none.
        """
        self._check_gaps(gaps)
        check_images(y, gaps=gaps)

        def read(top: int, bottom: int) -> Tensor:
            return y[:, :, top:bottom].to(self.dtype)

        restored = self._strips(read, y.shape, sigma, _silent)
        return torch.cat([rows for _, rows in restored], 2).to(y.dtype)

    def strips(
        self,
        read_rows: ReadRows,
        size: tuple[int, int, int],
        sigma: float | Tensor | None = None,
        progress: Callable[[], None] = lambda: None,
        gaps: bool = False,
    ) -> Iterator[tuple[int, Float[Tensor, "c r _"]]]:
        """Restores one image strip by strip.

        Args:
            read_rows: (top, bottom) -> the image's rows, (c, bottom - top, w) in [0, 1]; asked
                for some rows more than once.
            size: channels, height and width of the image.
            sigma: as for `forward`.
            progress: called after every part; there are `steps(size)`.
            gaps: as for `forward`.

        Yields:
            The first row of a strip of what is restored, and the strip.
        """
        self._check_gaps(gaps)

        def read(top: int, bottom: int) -> Tensor:
            rows = torch.as_tensor(read_rows(top, bottom))[None]
            check_images(rows, "what read_rows gives", gaps)
            return rows.to(self._like())

        strips = self._strips(read, (1, *size), sigma, progress)
        while True:
            # The mode must not stay on in the caller while it has a strip in hand.
            with torch.no_grad():
                strip = next(strips, None)
            if strip is None:
                return
            yield strip[0], strip[1][0]

    @abstractmethod
    def steps(self, size: tuple[int, int, int]) -> int:
        """How many parts an image of (c, h, w) is cut into."""

    @abstractmethod
    def _check_gaps(self, gaps: bool) -> None:
        """Raises a ValueError where the model fills none."""

    @abstractmethod
    def _level(self, sigma: float | Tensor | None, count: int) -> Float[Tensor, " b"] | None:
        """The noise level of each image, where the model looks at it."""

    @abstractmethod
    def _whole_changes(
        self, read: ReadRows, size: Size, level: Tensor | None, progress: Callable[[], None]
    ) -> Iterator[tuple[int, Tensor]]:
        """Strips of images (b, c, h, w), however faint the noise."""

    @abstractmethod
    def _like(self) -> Tensor:
        """A parameter, for device and precision."""

    def _strips(
        self,
        read: ReadRows,
        size: Size,
        sigma: float | Tensor | None,
        progress: Callable[[], None],
    ) -> Iterator[tuple[int, Tensor]]:
        level = self._level(sigma, size[0])
        strips = self._whole_changes(read, size, level, progress)
        return within_noise(strips, read, size[2], level, self.lowest)


def _silent() -> None:
    """No progress to show."""
