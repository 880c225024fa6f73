"""What a game of pixels did at one pixel: whom it looked at, and what moved it.

All of the image that matters to the pixel is restored as `models.Denoiser` would restore it, and
the loop of `models.Unrolled` is watched. A move is the data term's, towards what was observed, and
what the neighbours did to it on top.
"""

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor, nn

from sparsight.explain.story import Neighbour, PixelMove, PixelStory
from sparsight.fidelities import PixelFidelity
from sparsight.models import Denoiser, Unrolled
from sparsight.neighbours import OffsetNeighbours, ShiftGraph, ShiftSimilarity
from sparsight.ops import Offset, mirrored
from sparsight.protocols import State
from sparsight.solvers import extragradient


@torch.no_grad()
def explain_pixel(
    denoiser: Denoiser,
    image: Float[Tensor, "c h w"],
    at: tuple[int, int],
    sigma: float | None = None,
) -> PixelStory:
    """Watches a model at one pixel.

    Args:
        denoiser: of pixels.
        image: in [0, 1], with as many channels as the model.
        at: column x and row y of the pixel, from 0.
        sigma: noise level in [0, 1] units.

    Raises:
        ValueError: the pixel lies outside the image, or the model has patches.
    """
    model = denoiser.model.at(sigma)
    if not isinstance(model.fidelity, PixelFidelity):
        raise ValueError("the model works on patches; explain_patch tells of them")
    _, height, width = image.shape
    check_inside(at, (height, width))
    reach = denoiser.reach
    block = image.to(next(denoiser.parameters()))[None]
    for axis, place, length in ((2, at[1], height), (3, at[0], width)):
        block = block.index_select(axis, mirrored(place - reach, place + reach + 1, length))
    level = None if sigma is None else torch.tensor([sigma]).to(block)
    state, moves, weights = _watch(model, block, level, reach)
    return PixelStory(
        *at,
        sigma,
        block[0, :, reach, reach],
        state.z[0, :, _middle(reach)],
        _neighbours(model, weights[-1], at, (height, width)) if weights else (),
        tuple(moves),
        tuple(weights),
        _offsets(model),
    )


def check_inside(at: tuple[int, int], size: tuple[int, int]) -> None:
    """Refuses a place that is not in the image.

    Args:
        at: column and row.
        size: height and width.

    Raises:
        ValueError: it lies outside.
    """
    height, width = size
    if not (0 <= at[0] < width and 0 <= at[1] < height):
        raise ValueError(
            f"at is {at[0]},{at[1]}; the image is {width} x {height}, give x from 0 to "
            f"{width - 1} and y from 0 to {height - 1}"
        )


def _middle(reach: int) -> int:
    return reach * (2 * reach + 1) + reach


def _offsets(model: Unrolled) -> tuple[Offset, ...]:
    neighbours = model.neighbours
    known = isinstance(neighbours, OffsetNeighbours | ShiftSimilarity)
    return neighbours.offsets if known else ()


def _watch(
    model: Unrolled, y: Tensor, sigma: Tensor | None, reach: int
) -> tuple[State, list[PixelMove], list[Tensor]]:
    """The last state, the moves, and the weights of each graph that differs from the one before."""
    data = model.fidelity.observe(y)
    state, moves, weights = (
        State(0, model.fidelity.start(data), data, model.fidelity, sigma),
        [],
        [],
    )
    middle, graph = _middle(reach), None
    for k in range(model.depth):
        state = model.prepare(state, k)
        eta = model.stepsize(state) if isinstance(model.stepsize, nn.Module) else model.stepsize
        by_data = (model.fidelity.descend(state.z, state.data, eta) - state.z)[0, :, middle]
        second = model.step is extragradient and k % 2 == 1
        base = state.z if not second or state.previous is None else state.previous
        if state.graph is not None and state.graph is not graph:
            graph = state.graph
            weights.append(_weights(graph, reach))
        state = replace(state, z=model.advance(state), previous=state.z)
        after = state.z[0, :, middle]
        by_neighbours = after - base[0, :, middle] - by_data
        look = model.step is extragradient and not second
        moves.append(PixelMove(_mean(after), _mean(by_data), _mean(by_neighbours), look))
    return state, moves, weights


def _weights(graph: object, reach: int) -> Float[Tensor, " o"]:
    """a_jk of the pixel in the middle, by offset; none of a graph that has no offsets."""
    if not isinstance(graph, ShiftGraph):
        return torch.zeros(0)
    return graph.inside.expand(-1, -1, (2 * reach + 1) ** 2)[0, :, _middle(reach)].clone()


def _neighbours(
    model: Unrolled, weights: Tensor, at: tuple[int, int], size: tuple[int, int]
) -> tuple[Neighbour, ...]:
    found = [
        Neighbour(at[0] + column, at[1] + row, weight)
        for (row, column), weight in zip(_offsets(model), weights.tolist(), strict=True)
        if 0 <= at[0] + column < size[1] and 0 <= at[1] + row < size[0]
    ]
    return tuple(sorted(found, key=lambda one: -abs(one.weight)))


def _mean(values: Tensor) -> float:
    return values.mean().item()
