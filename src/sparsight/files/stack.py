"""A file of pictures: its pages, opened one at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sparsight.files.photo import Photo


@dataclass(frozen=True, eq=False)
class Stack:
    """The pages of a file, one for all formats but TIFF.

    Attributes:
        path: where they were found.
        shapes: colour channels, height and width of each.
        page: number from 0 -> the page.
        size: bytes that they take uncompressed, with what stands beside their pixels.
        channels: which channel each shows, from 0; of use where there are several pages.
    """

    path: Path
    shapes: tuple[tuple[int, int, int], ...]
    page: Callable[[int], Photo]
    size: int = 0
    channels: tuple[int, ...] = (0,)

    def __len__(self) -> int:
        return len(self.shapes)

    def __iter__(self) -> Iterator[Photo]:
        """One page after the other; each is read when its turn comes."""
        return map(self.page, range(len(self)))


def stack_of(photo: Photo) -> Stack:
    """A photo alone."""
    return Stack(photo.path, (photo.shape,), lambda number: photo)
