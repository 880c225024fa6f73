"""Which patches may be neighbours: windows and lattices on the grid of patch positions."""

from dataclasses import dataclass, replace
from functools import lru_cache

import torch
from jaxtyping import Bool, Int
from torch import Tensor

Device = torch.device
CPU = Device("cpu")


@dataclass(frozen=True)
class Lattice:
    """Candidates of the similarity: one in `thin` patches of a window.

    A thin lattice takes every thin-th patch of a row and moves on by two from row to row. With an
    odd thin every row and every column then hold candidates, so that a patch on an edge finds
    others at the same place of the same edge; a square lattice of the same density would leave
    out most rows.

    A candidate stands for the `thin` patches about it. A model trained on one lattice does well on
    a finer or coarser one, if a patch keeps its weight among the others: `at`.

    Args:
        window: side of the window in patch positions; None for the whole image or block.
        thin: 1 keeps all patches as candidates; else odd.
        own: for how many patches a patch counts itself; None for as many as a candidate.

    Raises:
        ValueError: thin is even or below 1.
    """

    window: int | None = None
    thin: int = 1
    own: float | int | None = None

    def __post_init__(self):
        """Refuses lattices that would miss rows."""
        if self.thin < 1 or self.thin % 2 == 0:
            raise ValueError(f"thin is {self.thin}; it must be odd and at least 1")

    @property
    def weight(self) -> float:
        """Of a candidate, where a patch has weight 1 for itself."""
        return self.thin / self.counts_itself

    @property
    def counts_itself(self) -> float:
        """For how many patches a patch counts, beside what candidates stand for."""
        return float(self.own or self.thin)

    def at(self, thin: int) -> "Lattice":
        """A finer or coarser lattice for a model that was trained on this one."""
        return replace(self, thin=thin, own=self.counts_itself)

    def candidates(self, rows: int, columns: int, device: Device = CPU) -> Int[Tensor, " l"]:
        """Numbers of the candidate patches on a grid of rows x columns patches."""
        return _candidates(replace(self, own=None), rows, columns, device)

    def outside(self, rows: int, columns: int, device: Device = CPU) -> Bool[Tensor, "n l"] | None:
        """True where a candidate lies outside the window of a patch; None if it never does."""
        if self.window is None or (self.window // 2 >= max(rows, columns)):
            return None
        return _outside(replace(self, own=None), rows, columns, device)


# Blocks of one image have at most four shapes; masks of large windows take long to make, and to
# bring to an accelerator.
# What is kept must be of use to training too, hence no inference tensors.
@lru_cache(maxsize=16)
@torch.inference_mode(False)
def _candidates(lattice: Lattice, rows: int, columns: int, device: Device) -> Tensor:
    diagonal = torch.arange(columns) + 2 * torch.arange(rows)[:, None]
    chosen = (diagonal % lattice.thin == lattice.thin // 2).flatten().nonzero()[:, 0]
    # A block smaller than a period may hold no point of the lattice.
    return (chosen if len(chosen) else torch.zeros(1, dtype=torch.long)).to(device)


@lru_cache(maxsize=16)
@torch.inference_mode(False)
def _outside(lattice: Lattice, rows: int, columns: int, device: Device) -> Tensor:
    inside = window_mask(rows, columns, lattice.window or max(rows, columns))
    return ~inside[:, _candidates(lattice, rows, columns, CPU)].to(device)


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
