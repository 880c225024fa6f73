"""Noise of photons through a model of Gaussian noise.

Photons that are counted err the more the more there are. The generalised Anscombe transformation
makes their noise the same everywhere; what a model restores is transformed back without bias.
"""

from collections.abc import Callable, Iterator, Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from sparsight.models.boundary import SEEN, check_channels, check_images
from sparsight.models.denoiser import Denoiser
from sparsight.models.strips import ReadRows
from sparsight.models.tiled import Tiled
from sparsight.ops import anscombe, anscombe_inverse

TAILS = (0.001, 0.999)  # the quantiles that become 0 and 1
# Reading that errs by s photons goes five times that, s (5 - s) <= 6.25 below what the
# transformation knows; what is farther below is no measurement.
_BELOW = 6.25


class PhotonDenoiser(nn.Module):
    """Removes noise whose variance is gain · mean + variance.

    Args:
        denoiser: of Gaussian noise of any level.
        gain: above 0, what a photon adds to an image, in [0, 1] units; one number, or one per
            channel.
        variance: at 0, in squared units; below 0 where a camera adds a constant to all. One
            number, or one per channel.

    Raises:
        ValueError: a gain is not above 0, or a number is not finite.
    """

    def __init__(
        self,
        denoiser: Denoiser | Tiled,
        gain: float | Sequence[float],
        variance: float | Sequence[float] = 0.0,
    ):
        super().__init__()
        self.denoiser = denoiser
        self.gain, self.variance = _column(gain), _column(variance)
        if not bool((self.gain > 0).all() and self.gain.isfinite().all()):
            raise ValueError(f"gain is {gain}; give what a photon adds, above 0")
        if not bool(self.variance.isfinite().all()):
            raise ValueError(
                f"variance is {variance}; give that of the noise where there is no light"
            )

    @torch.no_grad()
    def forward(self, y: Tensor) -> Float[Tensor, "b c h w"]:
        """Restored images, not clipped, in the precision of y.

        Args:
            y: (b, c, h, w), grey or RGB, linear in the light, in [0, 1].

        Raises:
            ValueError: y is no batch of images that can be restored.
        """
        check_images(y, any_scale=True)
        check_channels(y.shape[1])
        ends = torch.tensor(TAILS, dtype=torch.float64)
        images = []
        for image in y:
            some = image.flatten(1)[:, :: image[0].numel() // 2**20 + 1]
            limits = some.to("cpu", torch.float64).quantile(ends, dim=1).T
            channels, height, width = image.shape

            def read(top: int, bottom: int, image: Tensor = image) -> Tensor:
                return image[:, top:bottom]

            strips = self.strips(read, (channels, height, width), limits)
            images.append(torch.cat([rows for _, rows in strips], 1))
        return torch.stack(images).to(y)

    def strips(
        self,
        read_rows: ReadRows,
        size: tuple[int, int, int],
        limits: Float[Tensor, "c 2"],
        progress: Callable[[], None] = lambda: None,
    ) -> Iterator[tuple[int, Float[Tensor, "c r w"]]]:
        """Restores one image strip by strip.

        Args:
            read_rows: (top, bottom) -> the image's rows, (c, bottom - top, w); asked for some rows
                more than once.
            size: channels, height and width of the image.
            limits: values of each channel between which nearly all pixels lie.
            progress: called after every block; there are `steps(size)`.

        Yields:
            The first row of a strip, and the strip.

        Raises:
            ValueError: gains or variances are not one per channel.
        """
        for name, numbers in (("gain", self.gain), ("variance", self.variance)):
            if len(numbers) not in (1, size[0]):
                raise ValueError(
                    f"{name} has {len(numbers)} numbers and the image {size[0]} channels; give "
                    "one number, or one per channel"
                )
        ends = self._stabilised(limits[:, None])
        low, high = float(ends.min()), float(ends.max())
        scale = max(high - low, 1.0)

        def stretched(y: Tensor) -> Tensor:
            return (self._stabilised(y) - low) / scale

        def read(top: int, bottom: int) -> Tensor:
            seen = stretched(torch.as_tensor(read_rows(top, bottom))).clamp(*SEEN)
            return seen.to(torch.float32)

        for top, rows in self.denoiser.strips(read, size, 1 / scale, progress):
            y = torch.as_tensor(read_rows(top, top + rows.shape[1]))
            whole = stretched(y)
            restored = rows.to("cpu", torch.float64) + whole - whole.clamp(*SEEN)
            yield top, self._in_light(restored * scale + low, y).to(torch.float32)

    def steps(self, size: tuple[int, int, int]) -> int:
        """How many blocks an image of (c, h, w) is cut into."""
        return self.denoiser.steps(size)

    def _in_light(self, x: Float[Tensor, "c h w"], y: Float[Tensor, "c h w"]) -> Tensor:
        """What was restored, transformed back; y where it is no measurement."""
        light, y = anscombe_inverse(x, self.gain, self.variance), y.to(x)
        return torch.where(y + self.variance / self.gain < -_BELOW * self.gain, y, light)

    def _stabilised(self, y: Float[Tensor, "c h w"]) -> Float[Tensor, "c h w"]:
        # On the processor, for some accelerators have no float64, whose last steps matter where
        # there are many photons.
        return anscombe(y.to("cpu", torch.float64), self.gain, self.variance)


def _column(numbers: float | Sequence[float]) -> Float[Tensor, "c 1 1"]:
    return torch.tensor(numbers, dtype=torch.float64).reshape(-1, 1, 1)
