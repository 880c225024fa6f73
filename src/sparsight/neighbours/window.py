"""Which patches may be neighbours: windows and lattices on the grid of patch positions."""

from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Bool, Int
from torch import Tensor


@dataclass(frozen=True)
class Lattice:
    """Candidates of the similarity: every `stride`-th patch of a window of `window` positions.

    Args:
        window: side of the window in patch positions; None for the whole image or block.
        stride: 1 keeps all patches as candidates.
    """

    window: int | None = None
    stride: int = 1

    def candidates(self, rows: int, columns: int) -> Int[Tensor, " l"]:
        """Numbers of the candidate patches on a grid of rows x columns patches."""
        return _candidates(self, rows, columns)

    def outside(self, rows: int, columns: int) -> Bool[Tensor, "n l"] | None:
        """True where a candidate lies outside the window of a patch; None if it never does."""
        if self.window is None or (self.window // 2 >= max(rows, columns)):
            return None
        return _outside(self, rows, columns)


# Blocks of one image have at most four shapes, and masks of large windows take long to make.
# What is kept must be of use to training too, hence no inference tensors.
@lru_cache(maxsize=16)
@torch.inference_mode(False)
def _candidates(lattice: Lattice, rows: int, columns: int) -> Tensor:
    numbers = torch.arange(rows * columns).reshape(rows, columns)
    first = [min(lattice.stride // 2, length - 1) for length in (rows, columns)]
    return numbers[first[0] :: lattice.stride, first[1] :: lattice.stride].flatten()


@lru_cache(maxsize=16)
@torch.inference_mode(False)
def _outside(lattice: Lattice, rows: int, columns: int) -> Tensor:
    inside = window_mask(rows, columns, lattice.window or max(rows, columns))
    return ~inside[:, _candidates(lattice, rows, columns)]


def window_mask(rows: int, columns: int, window: int) -> Bool[Tensor, "n n"]:
    """True at [j, k] where patch k lies in the window about patch j.

    Offsets run from -floor(w / 2) to ceil(w / 2) - 1, so that a window of even side is not
    symmetric: the convention of the authors of GroupSC.
    """
    inside = [_near(length, window) for length in (rows, columns)]
    both = inside[0][:, None, :, None] & inside[1][None, :, None, :]
    return both.reshape(rows * columns, rows * columns)


def _near(length: int, window: int) -> Tensor:
    position = torch.arange(length)
    offset = position[None] - position[:, None]
    return (offset >= -(window // 2)) & (offset <= (window + 1) // 2 - 1)
