"""What banks hold, as pictures and numbers, at the noise levels that they know."""

from typing import Any

import numpy as np
from PIL import Image
from torch import Tensor

from sparsight.bank import Bank
from sparsight.explain import drawing
from sparsight.fidelities import MeasuredFidelity
from sparsight.models import Unrolled
from sparsight.neighbours import OffsetNeighbours, ShiftSimilarity

_MANY = 32  # columns from which a map says more than curves


def bank_facts(model: Unrolled, bank: Bank) -> dict[str, Any]:
    """Shape of a model's bank and range of its values at each level, fit for JSON."""
    names, values = _at_levels(model, bank)
    flat = values.flatten(1)
    return {
        "shape": list(values.shape[1:]),
        "levels": names,
        "least": rounded(flat.amin(1)),
        "median": rounded(flat.median(1).values),
        "greatest": rounded(flat.amax(1)),
    }


def rounded(values: Tensor) -> list[float]:
    """Six digits of each."""
    return [float(f"{value:.6g}") for value in values.tolist()]


def draw_bank(model: Unrolled, bank: Bank) -> Image.Image | None:
    """Draws a bank as suits its shape.

    Args:
        model: that the bank belongs to.
        bank: thresholds, step sizes, ... per step; weights per offset; or weights of a patch.

    Returns:
        The picture; None for single numbers, which need none.
    """
    names, values = _at_levels(model, bank)
    neighbours = model.neighbours
    side = neighbours.side if isinstance(neighbours, ShiftSimilarity) else model.fidelity.side
    pixels = model.fidelity.channels * side**2
    if isinstance(neighbours, OffsetNeighbours) and bank is neighbours.weights:
        return _stencils(neighbours, names, values)
    if values.ndim == 3 and values.shape[2] == pixels > 1:
        return _patch_weights(names, values, side)
    if values.ndim >= 2 and values.shape[1] == model.depth:
        return _over_steps(names, values.flatten(2) if values.ndim > 2 else values[..., None])
    return None


def _patch_weights(names: list[str], values: Tensor, side: int) -> Image.Image:
    """One tile per level and version, channels side by side."""
    parts = []
    for name, versions in zip(names, values.abs(), strict=True):
        pieces = [piece.reshape(side, side) for v in versions for piece in v.split(side**2)]
        least, most = versions.min().item(), versions.max().item()
        shades = [((p - least) / max(most - least, 1e-12)).cpu().numpy() for p in pieces]
        title = f"{name}: white is {most:.3g}, black {least:.3g}"
        parts.append((title, drawing.tiles(shades, len(shades), 12)))
    return drawing.stack(parts)


def _stencils(neighbours: OffsetNeighbours, names: list[str], values: Tensor) -> Image.Image:
    """One tile per move: the weights at their offsets about the pixel, which is left grey."""
    reach = max(max(map(abs, offset)) for offset in neighbours.offsets)
    parts = []
    for name, moves in zip(names, values, strict=True):
        most = moves.abs().max().item() or 1.0
        pieces = []
        for move in moves.expand(-1, len(neighbours.offsets)).tolist():
            piece = np.full((2 * reach + 1, 2 * reach + 1), 0.5)
            for (row, column), weight in zip(neighbours.offsets, move, strict=True):
                piece[reach + row, reach + column] = 0.5 + 0.5 * weight / most
            pieces.append(piece)
        title = f"{name}: moves from left to right; white is {most:.3g}, grey 0"
        parts.append((title, drawing.tiles(pieces, 24, 8)))
    return drawing.stack(parts)


def _over_steps(names: list[str], values: Tensor) -> Image.Image:
    """Medians as curves, and where there are many values a map of all at the middle level."""
    medians = values.median(2).values
    lines = {name: line.tolist() for name, line in zip(names, medians, strict=True)}
    title = f"by step, median of {values.shape[2]}" if values.shape[2] > 1 else "by step"
    parts = [(title, drawing.curves(lines, "step", ""))]
    if values.shape[2] > _MANY:
        middle = len(names) // 2
        sizes = values[middle].abs()
        ordered = sizes[:, sizes.mean(0).argsort(descending=True)].cpu().numpy()
        title = (
            f"{names[middle]}: sizes, steps down, greatest on the left; black is {sizes.max():.3g}"
        )
        parts.append((title, drawing.heat(ordered, (2, 12))))
    return drawing.stack(parts)


def _at_levels(model: Unrolled, bank: Bank) -> tuple[list[str], Tensor]:
    """Names of the levels (of noise; for scans, of sampling), and the values in force there."""
    scans = isinstance(model.fidelity, MeasuredFidelity)
    levels = bank.levels.double().tolist()
    names = [f"rate {100 * x:.4g} %" if scans else f"sigma {255 * x:.4g}" for x in levels]
    return names, bank(bank.levels)
