"""Weights to start a training from: those of another model, as far as they fit."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from sparsight.bank import REFERENCE, Bank
from sparsight.models import Unrolled
from sparsight.recipes.jpeg import LIKE_NOISE
from sparsight.solvers import extragradient, gradient

THRESHOLDS = "thresholds.values"
STEPSIZES = "stepsize.sizes.values"


@torch.no_grad()
def take_what_fits(model: nn.Module, other: nn.Module) -> None:
    """Takes the parameters of another model that are as large, or are one for all.

    Numbers for one noise level become those of another, or of every level, in proportion as their
    bank says. Gradient steps become extra-gradient steps that look ahead by nothing at first.
    """
    theirs = dict(other.named_parameters())
    modules, their_modules = dict(model.named_modules()), dict(other.named_modules())
    look = _starts_to_look_ahead(model, other)
    for name, ours in model.named_parameters():
        their_name = name if name in theirs else _end(name, theirs)
        values = theirs.get(their_name)
        if values is None or values.ndim != ours.ndim:
            continue
        bank, their_bank = modules[_folder(name)], their_modules[_folder(their_name)]
        if isinstance(bank, Bank) and isinstance(their_bank, Bank):
            values = _at_levels(bank, their_bank)
            if look and values.shape[1] == other.depth and ours.shape[1] == model.depth:
                values = values.repeat_interleave(2, 1)
                if name == STEPSIZES:
                    values[:, ::2] = 0
        if any(n not in (1, m) for n, m in zip(values.shape, ours.shape, strict=True)):
            continue
        ours.copy_(values.expand_as(ours))


def _folder(name: str) -> str:
    return name.rpartition(".")[0]


def _end(name: str, theirs: Mapping[str, Tensor]) -> str:
    """Thresholds by the end of their name: in a sum of penalties they lie deeper."""
    ends = [n for n in theirs if name.endswith(THRESHOLDS) and n.endswith(THRESHOLDS)]
    return ends[0] if len(ends) == 1 else name


def _at_levels(bank: Bank, other: Bank) -> Tensor:
    """The other bank's numbers for this one's noise levels.

    Banks of several levels hold numbers as they would be at REFERENCE, one level's are as they are.
    Qualities of JPEG are no noise levels: each then gets what holds for noise that errs as much.
    """
    if bank.homogeneity != other.homogeneity:
        return other(torch.full_like(bank.levels, LIKE_NOISE))
    if len(bank.levels) == 1 < len(other.levels):
        return other(bank.levels)
    level, theirs = (b.levels[0] if len(b.levels) == 1 else REFERENCE for b in (bank, other))
    return other.values * (level / theirs) ** bank.homogeneity


def _starts_to_look_ahead(model: nn.Module, other: nn.Module) -> bool:
    """Whether gradient steps are to become extra-gradient steps, one move each two."""
    if not (isinstance(model, Unrolled) and isinstance(other, Unrolled)):
        return False
    steps = model.step is extragradient and other.step is gradient
    return steps and model.depth == 2 * other.depth
