"""What is known of a picture's noise, and the picture restored accordingly."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from sparsight.cli.noise import SMALLEST, estimate_lines, estimate_noise
from sparsight.files import FileError, Photo, Stack, spread_of
from sparsight.models import Denoiser, PhotonDenoiser, Tiled
from sparsight.models.boundary import SEEN
from sparsight.models.photons import TAILS

Strips = Iterator[tuple[int, Tensor]]
Line = tuple[float, float]
_Kind = tuple[int, int, str, bool]
# Of the range of a file's numbers; pictures that have more of it are taken as they are.
_NARROW = 0.5
# Of a stack, so many pages tell its noise of photons, and more until they have so many pixels.
_PAGES, _PIXELS = 4, 2**20


class Noise(Protocol):
    """The noise of a picture."""

    def strips(self, model: Denoiser | Tiled, photo: Photo, progress: Callable[[], None]) -> Strips:
        """Restores a picture: first rows of strips, and these, (colours, rows, width)."""
        ...


@dataclass(frozen=True)
class Gaussian:
    """Noise that is the same everywhere.

    Attributes:
        sigma: its standard deviation, in 8-bit units.
    """

    sigma: float

    def strips(self, model: Denoiser | Tiled, photo: Photo, progress: Callable[[], None]) -> Strips:
        """Restores a picture: first rows of strips, and these, (colours, rows, width).

        Where the noise is fainter than what the model was trained for, and the picture has little
        of the range of its numbers, as 12 bits in a file of 16, it is stretched first.
        """
        level, (low, gain) = self.sigma / 255, (0.0, 1.0)
        if level < model.lowest:
            low, gain = _stretch(photo)

        def stretched(top: int, bottom: int) -> Tensor:
            return (torch.from_numpy(photo.read_rows(top, bottom)) - low) * gain

        def read(top: int, bottom: int) -> Tensor:
            return stretched(top, bottom).clamp(*SEEN)

        for top, rows in model.strips(read, photo.shape, min(1.0, level * gain), progress):
            whole = stretched(top, top + rows.shape[1])
            unseen = whole - whole.clamp(*SEEN)
            yield top, (rows.to("cpu", torch.float32) + unseen) / gain + low


@dataclass(frozen=True)
class Photons:
    """Noise of photons, whose variance grows with the value.

    Attributes:
        lines: slope and start of the variance over the value, in the numbers of the file; one for
            each channel, or one for all.
    """

    lines: tuple[Line, ...]

    def strips(self, model: Denoiser | Tiled, photo: Photo, progress: Callable[[], None]) -> Strips:
        """Restores a picture: first rows of strips, and these, (colours, rows, width)."""

        def read(top: int, bottom: int) -> Tensor:
            return torch.from_numpy(photo.read_rows(top, bottom))

        if photo.turned:
            raise FileError(
                f"{photo.path}: its numbers count from white; --shot needs them to grow with the "
                "light; invert them"
            )
        gain = [slope / photo.scale for slope, _ in self.lines]
        starts = [start + slope * photo.black for slope, start in self.lines]
        variance = [start / photo.scale / photo.scale for start in starts]
        restorer = PhotonDenoiser(model, gain, variance)
        return restorer.strips(read, photo.shape, _ends(photo), progress)


def look_for_noise(photo: Photo) -> Gaussian:
    """The noise of a picture, taken to be the same everywhere."""
    return Gaussian(estimate_noise(photo))


class PhotonsOfPages:
    """Looks for noise of photons, which a camera makes alike in all pages of a channel.

    One line is found for them from pages spread over the stack: a page may have few pixels.

    Args:
        stack: the pages of a file.
    """

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._known: dict[_Kind, Photons | None] = {}

    def __call__(self, number: int, photo: Photo) -> Noise:
        """The noise of a page; the same everywhere unless it is seen to grow with the values."""
        kind = self._kind(number, photo)
        if kind not in self._known:
            self._known[kind] = self._look(number, photo)
        return self._known[kind] or look_for_noise(photo)

    def _kind(self, number: int, photo: Photo) -> _Kind:
        return self._stack.channels[number], photo.colours, photo.dtype.name, photo.turned

    def _look(self, number: int, photo: Photo) -> Photons | None:
        if photo.turned:
            return None
        lines = estimate_lines(self._alike(number, photo))
        if any(slope == 0 for slope, _ in lines):
            return None
        scale = photo.scale
        inside = [(slope * scale, start * scale * scale) for slope, start in lines]
        return Photons(tuple((slope, start - slope * photo.black) for slope, start in inside))

    def _alike(self, number: int, photo: Photo) -> Iterator[Photo]:
        """A page, and others of its kind until there are pixels enough; as they are needed."""
        yield photo
        kind, (_, height, width) = self._kind(number, photo), photo.shape
        channels = self._stack.channels
        others = [n for n, channel in enumerate(channels) if channel == kind[0] and n != number]
        wanted = min(len(others), max(_PAGES, _PIXELS // (height * width)) - 1)
        for chosen in (others[len(others) * k // wanted] for k in range(wanted)):
            other = self._stack.page(chosen)
            if self._kind(chosen, other) == kind and min(other.shape[1:]) >= SMALLEST:
                yield other


def told(noises: Sequence[Noise]) -> str:
    """The noise of the pages of a file, in words."""
    words = [] if len(noises) == 1 else [f"{len(noises)} pages"]
    levels = [noise.sigma for noise in noises if isinstance(noise, Gaussian)]
    if levels:
        words.append(f"sigma {_from_to(levels)}")
    every = [line for noise in noises if isinstance(noise, Photons) for line in noise.lines]
    if lines := list(dict.fromkeys(every)):
        words.append(f"shot {' / '.join(map(_line, lines))}" if len(lines) <= 3 else _lines(lines))
    return ", ".join(words)


def _line(line: Line) -> str:
    """A line as `--shot` takes it, with all digits that matter: often they nearly cancel."""
    slope, start = line
    digits = min(17, 5 + math.ceil(math.log10(1 + abs(start) / slope / slope)))
    return f"{slope:.{digits}g},{start:.{digits}g}"


def _lines(lines: Sequence[Line]) -> str:
    slopes, starts = ([*numbers] for numbers in zip(*lines, strict=True))
    return f"shot A {_from_to(slopes)}, B {_from_to(starts)}"


def _from_to(numbers: Sequence[float]) -> str:
    least, most = _rounded(min(numbers)), _rounded(max(numbers))
    return least if least == most else f"{least} to {most}"


def _rounded(number: float) -> str:
    return f"{number:.1f}" if abs(number) >= 1 else f"{number:.2g}"


def _stretch(photo: Photo) -> tuple[float, float]:
    """What to take off a picture, and what to multiply it by then."""
    ends = _ends(photo)
    low, high = float(ends.min()), float(ends.max())
    return (low, 1 / (high - low)) if 0 < high - low < _NARROW else (0.0, 1.0)


def _ends(photo: Photo) -> Float[Tensor, "c 2"]:
    """Values of each channel between which nearly all pixels lie, as `Photo.read_rows` has them."""
    some = spread_of(photo.path, photo.samples, photo.colours).some.astype(np.float64)
    ends = np.quantile(some.reshape(-1, photo.colours), TAILS, axis=0).T
    return torch.from_numpy((ends - photo.black) / photo.scale)
