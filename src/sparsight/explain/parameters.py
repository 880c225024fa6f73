"""What a model has learned, as pictures and numbers (GroupSC figures 6 to 8).

Atoms stand in falling order of the norm of their column of W: what a unit of their code adds to a
patch. Banks are shown at the noise levels that they hold.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from sparsight.bank import Bank
from sparsight.explain import drawing
from sparsight.fidelities import PatchFidelity
from sparsight.models import Unrolled
from sparsight.neighbours import OffsetNeighbours, ShiftSimilarity

_ACROSS = 16  # atoms in a row
_MANY = 32  # columns from which a map says more than curves


@dataclass(frozen=True)
class Parameters:
    """All that a model has learned.

    Attributes:
        pictures: by what they show.
        facts: plain numbers, fit for JSON.
    """

    pictures: dict[str, Image.Image]
    facts: dict[str, Any]


@torch.no_grad()
def explain_parameters(model: Unrolled) -> Parameters:
    """Draws a model's dictionaries and banks.

    Args:
        model: with its weights.
    """
    pictures: dict[str, Image.Image] = {}
    facts: dict[str, Any] = {"parameters": sum(v.numel() for v in model.parameters())}
    if isinstance(model.fidelity, PatchFidelity):
        pictures |= _dictionaries(model.fidelity)
        facts["dictionaries"] = _dictionary_facts(model.fidelity)
    facts["banks"] = {}
    for name, bank in _banks(model):
        facts["banks"][name] = _bank_facts(bank)
        image = _draw_bank(model, bank)
        if image is not None:
            pictures[name] = image
    return Parameters(pictures, facts)


def atom_order(fidelity: PatchFidelity) -> Tensor:
    """Numbers of the atoms, those of the greatest norm in W first."""
    return fidelity.synthesis.norm(dim=0).argsort(descending=True)


def atom_tile(column: Tensor, fidelity: PatchFidelity) -> np.ndarray:
    """A column of a dictionary as grey or coloured tile, 0 in the middle."""
    patch = column.detach().cpu().reshape(fidelity.channels, fidelity.side, fidelity.side)
    return _squeezed(drawing.signed(patch.permute(1, 2, 0).numpy()))


def _squeezed(tile: np.ndarray) -> np.ndarray:
    return tile[..., 0] if tile.shape[-1] == 1 else tile


def _dictionaries(fidelity: PatchFidelity) -> dict[str, Image.Image]:
    order = atom_order(fidelity)
    matrices = {"D": fidelity.dictionary, "C": fidelity.preconditioner, "W": fidelity.synthesis}
    return {
        name: drawing.stack(
            [
                (
                    f"{name}: {matrix.shape[1]} atoms, the greatest of W first",
                    drawing.tiles([atom_tile(matrix[:, a], fidelity) for a in order], _ACROSS),
                )
            ]
        )
        for name, matrix in matrices.items()
    }


def _dictionary_facts(fidelity: PatchFidelity) -> dict[str, Any]:
    d, c, w = fidelity.dictionary, fidelity.preconditioner, fidelity.synthesis
    return {
        "atoms": d.shape[1],
        "side": fidelity.side,
        "channels": fidelity.channels,
        "order": atom_order(fidelity).tolist(),
        "norms_of_W": _rounded(w.norm(dim=0)),
        "mean_cosine_D_W": torch.cosine_similarity(d, w, dim=0).mean().item(),
        "mean_cosine_D_C": torch.cosine_similarity(d, c, dim=0).mean().item(),
    }


def _banks(model: Unrolled) -> Iterator[tuple[str, Bank]]:
    for name, module in model.named_modules():
        if isinstance(module, Bank):
            yield name.replace(".", "_"), module


def _at_levels(bank: Bank) -> tuple[list[float], Tensor]:
    """The noise levels in 8-bit units, and the values in force there."""
    return (bank.levels * 255).tolist(), bank(bank.levels)


def _bank_facts(bank: Bank) -> dict[str, Any]:
    sigmas, values = _at_levels(bank)
    flat = values.flatten(1)
    return {
        "shape": list(values.shape[1:]),
        "sigma": [round(sigma, 4) for sigma in sigmas],
        "least": _rounded(flat.amin(1)),
        "median": _rounded(flat.median(1).values),
        "greatest": _rounded(flat.amax(1)),
    }


def _rounded(values: Tensor) -> list[float]:
    return [float(f"{value:.6g}") for value in values.tolist()]


def _draw_bank(model: Unrolled, bank: Bank) -> Image.Image | None:
    sigmas, values = _at_levels(bank)
    names = [f"sigma {sigma:g}" for sigma in sigmas]
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
