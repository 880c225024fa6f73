"""What a model has learned, as pictures and numbers (GroupSC figures 6 to 8).

Atoms stand in falling order of the norm of their column of W: what a unit of their code adds to a
patch. Banks are shown at the levels of noise, or of sampling, that they hold.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from sparsight.bank import Bank
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
    facts["banks"] = {}
    if isinstance(model.prior, AnalysisPrior):
        pictures["analysis"] = _filters(model.prior.analysis)
    if isinstance(model.prior, ConvolvedAnalysisPrior):
        pictures["analysis"] = _filters(model.prior.filters.flatten(1))
    for title, bank in _banks(model):
        facts["banks"][title] = bank_facts(model, bank, name)
        image = draw_bank(model, bank, name)
        if image is not None:
            pictures[title] = image
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


def _filters(analysis: Float[Tensor, "k m"]) -> Image.Image:
    """Rows of W, or filters (BLORC), as square tiles, those of the greatest norm first."""
    rows = analysis.detach().cpu()
    side = math.isqrt(rows.shape[1])
    order = rows.norm(dim=1).argsort(descending=True)
    pieces = [drawing.signed(rows[k].reshape(side, side).numpy()) for k in order]
    title = f"W: {len(rows)} filters, the greatest first"
    return drawing.stack([(title, drawing.tiles(pieces, _ACROSS))])


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
