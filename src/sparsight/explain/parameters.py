"""What a model has learned, as pictures and numbers (GroupSC figures 6 to 8).

Atoms stand in falling order of the norm of their column of W: what a unit of their code adds to a
patch. Banks are shown at the levels of noise, or of sampling, that they hold.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from sparsight.bank import REFERENCE, Bank
from sparsight.explain import drawing
from sparsight.explain.banks import bank_facts, draw_bank, rounded
from sparsight.explain.levels import NameOfLevel, usual_name
from sparsight.fidelities import MeasuredFidelity, PatchFidelity
from sparsight.models import Unrolled
from sparsight.penalties import AnalysisPrior, ConvolvedAnalysisPrior

_ACROSS = 16  # atoms in a row


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
def explain_parameters(model: Unrolled, name: NameOfLevel | None = None) -> Parameters:
    """Draws a model's dictionaries, its analysis operator, and banks.

    Args:
        model: with its weights.
        name: what the levels of its banks are called; by default noise levels, for scans rates.
    """
    name = name or usual_name(model)
    pictures: dict[str, Image.Image] = {}
    facts: dict[str, Any] = {"parameters": sum(v.numel() for v in model.parameters())}
    fidelity = model.fidelity
    codes = fidelity.codes if isinstance(fidelity, MeasuredFidelity) else fidelity
    if isinstance(codes, PatchFidelity):
        pictures |= _dictionaries(codes)
        facts["dictionaries"] = _dictionary_facts(codes)
    rows = _rows(model)
    if rows is not None:
        title = f"W: {len(rows)} rows, the greatest first"
        tiles = [drawing.signed(row.cpu().numpy()) for row in rows]
        pictures["W"] = drawing.stack([(title, drawing.tiles(tiles, _ACROSS // 2, 6))])
    facts["banks"] = {}
    for title, bank in _banks(model):
        facts["banks"][title] = bank_facts(model, bank, name)
        image = draw_bank(model, bank, name)
        if image is not None:
            pictures[title] = image
    return Parameters(pictures, facts)


def _rows(model: Unrolled) -> Tensor | None:
    """The rows of an analysis operator as patches, (k, s, s), in falling order of their norms.

    Filters count with their strength at sigma = 25.
    """
    prior = model.prior
    if isinstance(prior, AnalysisPrior):
        rows = prior.analysis.unflatten(1, (model.fidelity.side, -1))
    elif isinstance(prior, ConvolvedAnalysisPrior):
        level = torch.tensor([REFERENCE]).to(prior.filters)
        rows = prior.strength(level)[0][:, None, None] * prior.filters[:, 0]
    else:
        return None
    return rows[rows.flatten(1).norm(dim=1).argsort(descending=True)]


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
        "norms_of_W": rounded(w.norm(dim=0)),
        "mean_cosine_D_W": torch.cosine_similarity(d, w, dim=0).mean().item(),
        "mean_cosine_D_C": torch.cosine_similarity(d, c, dim=0).mean().item(),
    }


def _banks(model: Unrolled) -> Iterator[tuple[str, Bank]]:
    for name, module in model.named_modules():
        if isinstance(module, Bank):
            yield name.replace(".", "_"), module
