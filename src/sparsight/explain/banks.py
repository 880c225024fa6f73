"""What banks hold, as pictures and numbers, at the noise levels that they know."""

from typing import Any

import torch
from PIL import Image
from torch import Tensor

from sparsight.bank import Bank
from sparsight.explain import drawing
from sparsight.explain.levels import NameOfLevel
from sparsight.models import Unrolled
from sparsight.neighbours import OffsetNeighbours, ShiftSimilarity, Similarity
from sparsight.penalties import SmoothedPrior

_MANY = 32  # columns from which a map says more than curves


def bank_facts(model: Unrolled, bank: Bank, name: NameOfLevel) -> dict[str, Any]:
    """Shape of a model's bank and range of its values at each level, fit for JSON."""
    names, values = _at_levels(model, bank, name)
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


def draw_bank(model: Unrolled, bank: Bank, name: NameOfLevel) -> Image.Image | None:
    """Draws a bank as suits its shape.

    Args:
        model: that the bank belongs to.
        bank: thresholds, step sizes, ... per step; weights per offset; or weights of a patch.
        name: what its levels are called.

    Returns:
        The picture; None for single numbers, which need none.
    """
    names, values = _at_levels(model, bank, name)
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
    parts = []
    for name, moves in zip(names, values, strict=True):
        most = moves.abs().max().item()
        pieces = [
            drawing.stencil(dict(zip(neighbours.offsets, move, strict=True)), most)
            for move in moves.expand(-1, len(neighbours.offsets)).tolist()
        ]
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


def _at_levels(model: Unrolled, bank: Bank, name: NameOfLevel) -> tuple[list[str], Tensor]:
    """Names of the levels, and the values in force there."""
    names = [name(level) for level in bank.levels.double().tolist()]
    return names, _in_force(model, bank, bank(bank.levels))


def _in_force(model: Unrolled, bank: Bank, values: Tensor) -> Tensor:
    """What is stored as a logarithm, or before a logistic function, as it enters the model."""
    for module in model.modules():
        if isinstance(module, SmoothedPrior) and module.smoothing is bank:
            return values.exp()
        if isinstance(module, Similarity | ShiftSimilarity) and module.nu is bank:
            return torch.sigmoid(values)
    return values
