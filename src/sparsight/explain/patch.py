"""What a model did with one patch: its atoms, its neighbours, what every step shrank.

The block of the image that the patch belongs to is coded as `models.Denoiser` would code it, with
the same mirrored margins and the same neighbours, and the loop of `models.Unrolled` is watched.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from sparsight.explain.pixel import check_inside
from sparsight.explain.story import Neighbour, PatchStory, StepRecord, Use
from sparsight.fidelities import PatchFidelity
from sparsight.models import Denoiser, Unrolled
from sparsight.ops import Span, block_grid
from sparsight.protocols import State


@torch.no_grad()
def explain_patch(
    denoiser: Denoiser,
    image: Float[Tensor, "c h w"],
    at: tuple[int, int],
    sigma: float | None = None,
) -> PatchStory:
    """Watches a model at one patch.

    Args:
        denoiser: of patches, not of pixels.
        image: in [0, 1], with as many channels as the model.
        at: column x and row y of the pixel in the middle of the patch, from 0.
        sigma: noise level in [0, 1] units.

    Raises:
        ValueError: the pixel lies outside the image, the model has no patches, or the image does
            not suit it.
    """
    model = denoiser.model.at(sigma)
    fidelity = model.fidelity
    if not isinstance(fidelity, PatchFidelity):
        raise ValueError("the model works on pixels, it has no patches and no atoms to show")
    _, height, width = image.shape
    check_inside(at, (height, width))
    if min(height, width) < fidelity.side:
        raise ValueError(f"the image is {width} x {height}, a patch {fidelity.side} pixels a side")
    block, origin = _block_about(denoiser, fidelity.side, image, at)
    level = None if sigma is None else torch.tensor([sigma]).to(block)
    state, records = _watch(model, block, level, origin.patch)
    codes = state.z[0, :, origin.patch]
    shape = fidelity.channels, fidelity.side, fidelity.side
    mean = state.data.mean[0, 0, origin.patch]
    return PatchStory(
        *at,
        sigma,
        (state.data.centred[0, :, origin.patch] + mean).reshape(shape),
        (fidelity.synthesis @ codes + mean).reshape(shape),
        mean.item(),
        _uses(codes, fidelity),
        _neighbours(state, origin, (height, width)),
        tuple(records),
    )


@dataclass(frozen=True)
class _Origin:
    """Where a block lies: the image's row and column of its first patch's middle; our patch."""

    row: int
    column: int
    patch: int


def _block_about(
    denoiser: Denoiser, side: int, image: Tensor, at: tuple[int, int]
) -> tuple[Tensor, _Origin]:
    margin = side - 1
    like = next(denoiser.parameters())
    whole = F.pad(image[None].to(like), (margin,) * 4, mode="reflect")
    grid = block_grid(whole.shape[2], whole.shape[3], denoiser.block, side)
    shift = margin - side // 2  # from a pixel to the first row of the patch about it
    top, bottom = _span_of(grid.rows, at[1] + shift, side)
    left, right = _span_of(grid.columns, at[0] + shift, side)
    across = right - left - side + 1
    patch = (at[1] + shift - top) * across + at[0] + shift - left
    return whole[..., top:bottom, left:right], _Origin(top - shift, left - shift, patch)


def _span_of(spans: Sequence[Span], first: int, side: int) -> Span:
    """The one that holds the whole patch."""
    return next(span for span in spans if span[0] <= first <= span[1] - side)


def _watch(
    model: Unrolled, y: Tensor, sigma: Tensor | None, patch: int
) -> tuple[State, list[StepRecord]]:
    data = model.fidelity.observe(y)
    state, records = State(0, model.fidelity.start(data), data, model.fidelity, sigma), []
    for k in range(model.depth):
        state = model.prepare(state, k)
        eta = model.stepsize(state) if isinstance(model.stepsize, nn.Module) else model.stepsize
        before = model.fidelity.descend(state.z, state.data, eta)[0, :, patch]
        state = replace(state, z=model.advance(state), previous=state.z)
        after = state.z[0, :, patch]
        records.append(StepRecord(_energy(before), _energy(after), _count(before), _count(after)))
    return state, records


def _energy(codes: Tensor) -> float:
    return codes.square().sum().item()


def _count(codes: Tensor) -> int:
    return int(codes.count_nonzero())


def _uses(codes: Tensor, fidelity: PatchFidelity) -> tuple[Use, ...]:
    sizes = codes.abs() * fidelity.synthesis.norm(dim=0)
    used = sizes.argsort(descending=True)[: _count(codes)].tolist()
    return tuple(Use(a, codes[a].item(), sizes[a].item()) for a in used)


def _neighbours(state: State, origin: _Origin, size: tuple[int, int]) -> tuple[Neighbour, ...]:
    if state.graph is None:
        return ()
    rows, columns = state.data.grid
    # A graph is asked, not looked into: mixed unit vectors are its weights.
    units = torch.eye(rows * columns).to(state.z)[None]
    weights = state.graph.mix(units)[0, :, origin.patch]
    weights[origin.patch] = 0
    found = weights.argsort(descending=True)[: _count(weights)].tolist()
    return tuple(
        Neighbour(
            _mirrored(origin.column + k % columns, size[1]),
            _mirrored(origin.row + k // columns, size[0]),
            weights[k].item(),
        )
        for k in found
    )


def _mirrored(place: int, length: int) -> int:
    return min(abs(place), 2 * (length - 1) - abs(place))
