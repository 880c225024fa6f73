"""Neighbours at fixed offsets on the grid: k = j + offset.

One storage serves local games, whose weights belong to an offset and are the same everywhere
(Games section 3.1, a_{j-k}), and non-local ones, whose weights say how alike two places are.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import torch
from jaxtyping import Float
from torch import Tensor, nn

from sparsight.bank import Bank, NoiseLevel
from sparsight.ops import (
    Offset,
    clipped_differences,
    collected,
    group_shrink,
    patch_distances,
    shift,
)
from sparsight.protocols import EdgeFunction, Scalar, State

# So many places' tables of weights fit into the cache.
PLACES = 2048
NEAREST: tuple[Offset, ...] = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))


def square_window(radius: int) -> tuple[Offset, ...]:
    """All offsets of at most that many rows and columns, but not (0, 0)."""
    line = range(-radius, radius + 1)
    return tuple((row, column) for row in line for column in line if (row, column) != (0, 0))


def disc(radius: int) -> tuple[Offset, ...]:
    """All offsets of at most that length, but not (0, 0)."""
    return tuple(o for o in square_window(radius) if o[0] ** 2 + o[1] ** 2 <= radius**2)


@dataclass(frozen=True)
class ShiftGraph:
    """Weights per offset; those that point outside the grid count as 0.

    Args:
        weights: a_jk at [b, o, j] for k = j + offset o; a last axis of 1 means everywhere alike.
        offsets: rows and columns, o of them.
        grid: rows and columns of the n places.
    """

    weights: Float[Tensor, "#b o #n"]
    offsets: tuple[Offset, ...]
    grid: tuple[int, int]

    @cached_property
    def inside(self) -> Float[Tensor, "#b o n"]:
        """The weights, 0 where there is no neighbour."""
        return self.weights * _present(self.offsets, self.grid).to(self.weights)

    def mix(self, values: Float[Tensor, "b p n"]) -> Float[Tensor, "b p n"]:
        """Sum over k of a_jk v_k."""
        return self.edge_sum(lambda a, _, vk: a * vk, values)

    def energy(self, z: Float[Tensor, "b p n"]) -> Float[Tensor, "b p n"]:
        """Sum over k of a_jk z_k^2."""
        return self.mix(z.square())

    def shrink_groups(self, z: Float[Tensor, "b p n"], threshold: Tensor, size: Tensor) -> Tensor:
        """z max(1 - threshold size / sqrt(energy), 0)."""
        return group_shrink(z, self.energy(z), threshold, size)

    def degree(self) -> Float[Tensor, "b n"]:
        """Sum over k of a_jk."""
        return self.inside.abs().sum(1)

    def edge_sum(self, fn: EdgeFunction, z: Float[Tensor, "b p n"]) -> Float[Tensor, "b p n"]:
        """Sum over k of fn(a_jk, z_j, z_k)."""
        return fn(self.inside[:, None], z[:, :, None], shift(z, self.offsets, self.grid)).sum(2)

    def pull(self, z: Float[Tensor, "b p n"], alpha: Scalar, bound: Scalar) -> Tensor:
        """Sum over k of a_jk clip(alpha (z_j - z_k), +-bound)."""
        return clipped_differences(z, self.weights, alpha, bound, self.offsets, self.grid)

    def asymmetry(self) -> float:
        """The greatest |a_jk - a_kj|; a neighbour without the offset back has a_kj = 0."""
        there = self.inside.expand(-1, -1, self.grid[0] * self.grid[1])
        worst = 0.0
        for o, (row, column) in enumerate(self.offsets):
            back = (-row, -column)
            a_jk = there[:, o : o + 1]
            if back in self.offsets:
                b = self.offsets.index(back)
                a_jk = a_jk - shift(there[:, b : b + 1], ((row, column),), self.grid)[:, :, 0]
            worst = max(worst, a_jk.abs().max().item())
        return worst

    def blend(self, other: "ShiftGraph", share: Tensor) -> "ShiftGraph":
        """(1 - share) of these weights, share of the other's, whose table it takes over.

        Fresh memory for tables as large as these takes longer than the sums.
        """
        if torch.is_grad_enabled():
            mixed = collected(torch.lerp(self.weights, other.weights, share))
        else:
            mixed = other.weights.lerp_(self.weights, 1 - share)
        return ShiftGraph(mixed, self.offsets, self.grid)


class OffsetNeighbours(nn.Module):
    """Learned weights per move and offset, the same at every place.

    Args:
        weights: bank of (moves, o) weights, or (moves, 1) for one that all offsets share.
        offsets: o of them.

    Raises:
        ValueError: there are neither as many weights as offsets, nor one.
    """

    def __init__(self, weights: Bank, offsets: Sequence[Offset] = NEAREST):
        super().__init__()
        count = weights.values.shape[-1]
        if count not in (1, len(offsets)):
            raise ValueError(
                f"weights is {count}; give {len(offsets)}, one per neighbour, or 1 for all"
            )
        self.weights = weights
        self.offsets = tuple(offsets)

    def forward(self, state: State) -> ShiftGraph:
        """The graph of this move."""
        weights = state.at_noise(self.weights)[:, state.k].expand(-1, len(self.offsets))
        return ShiftGraph(weights[:, :, None], self.offsets, state.data.grid)


class ShiftSimilarity(nn.Module):
    """Weights that say how alike the patches about two places are, normalised (Games table 1).

    a_jk = exp(-d_jk) / sum_l exp(-d_jl) with d_jk = ||kappa (P_j x - P_k x)||^2, x the present
    estimate; a refresh enters with the share nu.

    Args:
        kappa: bank of (v, m) patch weights, m = channels * side**2: v = 1, or one per graph.
        nu: bank of (1,) shares, stored before the logistic function.
        refresh: the moves before which the graph is refreshed (move 0 always is).
        radius: of the disc of candidates.
        side: of the patches that are compared, odd.
        own: the noise level, if a place is to be among its own candidates: as unlike itself as
            noise makes two that are alike. Where nothing is alike it then keeps to itself, which
            matters where noise is faint. None leaves it out.
    """

    def __init__(
        self,
        kappa: Bank,
        nu: Bank,
        refresh: Collection[int],
        radius: int,
        side: int,
        own: NoiseLevel | None = None,
    ):
        super().__init__()
        self.kappa = kappa
        self.nu = nu
        self.refresh = tuple(sorted(refresh))
        self.offsets = disc(radius)
        self.side = side
        self.own = own

    def forward(self, state: State) -> ShiftGraph:
        """The graph in force."""
        old = state.graph
        if old is not None and state.k not in self.refresh:
            return old
        version = 0 if old is None else self.refresh.index(state.k) + 1
        kappa = state.at_noise(self.kappa)
        kappa = kappa[:, min(version, kappa.shape[1] - 1)]
        own = None
        if self.own is not None:
            own = -2 * state.at_noise(self.own).to(kappa).square() * kappa.square().sum(1)
        graph = self.compare(state.fidelity.decode(state.z, state.data), kappa, own)
        if old is None:
            return graph
        return old.blend(graph, torch.sigmoid(state.at_noise(self.nu))[:, :1, None])

    def compare(
        self,
        image: Float[Tensor, "b c h w"],
        kappa: Float[Tensor, "#b m"],
        own: Float[Tensor, " #b"] | None = None,
    ) -> ShiftGraph:
        """The graph of an image.

        Args:
            image: whose patches are compared.
            kappa: patch weights.
            own: how like itself a place counts, 0 or less; None if it is no candidate.
        """
        b, c, *grid = image.shape
        kernel = kappa.square().expand(b, -1).reshape(b, c, self.side, self.side)
        absent = _absent(self.offsets, (grid[0], grid[1])).to(image.device)
        # A negative kernel gives what softmax wants, without another table as large.
        likeness = patch_distances(image, -kernel, self.offsets).masked_fill_(absent, -torch.inf)
        shares = _shares(likeness, None if own is None else own[:, None, None])
        return ShiftGraph(collected(shares), self.offsets, (grid[0], grid[1]))


def _shares(likeness: Float[Tensor, "b o n"], own: Float[Tensor, "#b 1 1"] | None) -> Tensor:
    """The softmax over offsets; without gradients in the same memory, a part after the other."""
    if torch.is_grad_enabled():
        return _softmax(likeness, own)
    for part in likeness.split(PLACES, 2):
        part.copy_(_softmax(part, own))
    return likeness


def _softmax(likeness: Tensor, own: Tensor | None) -> Tensor:
    """What is left for the others when a place itself is among them."""
    shares = torch.softmax(likeness, 1)
    if own is None:
        return shares
    return shares * torch.sigmoid(likeness.logsumexp(1, keepdim=True) - own)


@lru_cache(maxsize=16)
@torch.inference_mode(False)
def _absent(offsets: tuple[Offset, ...], grid: tuple[int, int]) -> Tensor:
    """(o, n): whether an offset leads outside."""
    return ~_present(offsets, grid)


@lru_cache(maxsize=16)
@torch.inference_mode(False)
def _present(offsets: tuple[Offset, ...], grid: tuple[int, int]) -> Tensor:
    """(o, n): whether a place has a neighbour at an offset."""
    inside = []
    for offset in offsets:
        row, column = (torch.arange(n) + o for n, o in zip(grid, offset, strict=True))
        rows, columns = (row >= 0) & (row < grid[0]), (column >= 0) & (column < grid[1])
        inside.append(rows[:, None] & columns)
    return torch.stack(inside).flatten(1)
