"""Weights to start a training from: those of another model, as far as they fit."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from sparsight.bank import REFERENCE, Bank
from sparsight.fidelities import PatchFidelity, VarianceReduction
from sparsight.models import Unrolled
from sparsight.neighbours import Similarity
from sparsight.recipes.jpeg import LIKE_NOISE
from sparsight.solvers import extragradient, gradient

VALUES = "values"  # of a bank
THRESHOLDS = f"thresholds.{VALUES}"
KAPPA = f"neighbours.kappa.{VALUES}"
STEPSIZES = f"stepsize.sizes.{VALUES}"
# Where a patch meets more candidates, those that count must be nearer to it. On training crops the
# best kappa grew by a quarter for three times as many, and by half for nine times.
NEARER = 0.2
# What a step advances by where it has no learned size.
ADVANCING = (THRESHOLDS, "preconditioner")


@torch.no_grad()
def take_what_fits(model: nn.Module, other: nn.Module) -> int:
    """Takes the parameters of another model that are as large, or are one for all.

    Numbers for one noise level become those of another, or of every level, in proportion as their
    bank says. Gradient steps become extra-gradient steps that look ahead by nothing at first; a
    model of more steps, or fewer, goes the same way in shorter, or longer, ones. Atoms of larger
    patches are cropped. Where data begin to agree, thresholds fall as the noise left in them; where
    similar patches are sought among more, kappa grows.

    Args:
        model: takes.
        other: gives.

    Returns:
        How many parameters were taken.
    """
    theirs = dict(other.named_parameters())
    modules, their_modules = dict(model.named_modules()), dict(other.named_modules())
    our_names = dict(model.named_parameters())
    look, length = _starts_to_look_ahead(model, other), _length(model, other)
    nearer = _nearer(model, other)
    taken = 0
    advancing = (STEPSIZES,) if STEPSIZES in our_names else ADVANCING
    for name, ours in our_names.items():
        their_name = name if name in theirs else _end(name, theirs)
        values = theirs.get(their_name)
        if values is None or values.ndim != ours.ndim:
            continue
        holder, their_holder = modules[_folder(name)], their_modules[_folder(their_name)]
        if isinstance(holder, Bank) and isinstance(their_holder, Bank):
            values = _at_levels(holder, their_holder)
            their_steps, our_steps = _steps(values, other), _steps(ours, model)
            if their_steps and our_steps:
                values = values[:, torch.arange(our_steps) * their_steps // our_steps]
                if look and name == STEPSIZES:
                    values[:, ::2] = 0
        if isinstance(holder, PatchFidelity) and isinstance(their_holder, PatchFidelity):
            values = _cropped(values, their_holder.side, holder.side)
        if any(n not in (1, m) for n, m in zip(values.shape, ours.shape, strict=True)):
            continue
        if not look and name.endswith(advancing):
            values = values * length
        if name == KAPPA:
            values = values * nearer
        ours.copy_(values.expand_as(ours))
        taken += 1
    renewal = _new_renewal(model, other)
    if renewal is not None and f"prior.{THRESHOLDS}" in our_names:
        _follow_noise(our_names[f"prior.{THRESHOLDS}"], renewal)
    return taken


def _new_renewal(model: nn.Module, other: nn.Module) -> VarianceReduction | None:
    """What is to change the data on the way, where they have stayed as they were."""
    if not (isinstance(model, Unrolled) and isinstance(other, Unrolled)):
        return None
    if isinstance(other.renewal, VarianceReduction):
        return None
    return model.renewal if isinstance(model.renewal, VarianceReduction) else None


def _follow_noise(thresholds: Tensor, renewal: VarianceReduction) -> None:
    """Lowers the threshold of each step by what the renewals before it take of the noise."""
    for event, step in enumerate(renewal.steps):
        thresholds[:, step:] *= 1 - renewal.share.values[:, event, None, None]


def _length(model: nn.Module, other: nn.Module) -> float:
    """Of a step beside those of the other model, so that all of them lead as far."""
    if not (isinstance(model, Unrolled) and isinstance(other, Unrolled)):
        return 1.0
    return other.depth / model.depth


def _nearer(model: nn.Module, other: nn.Module) -> float:
    """What kappa is multiplied by where similar patches are sought among more, or among fewer."""
    if not (isinstance(model, Unrolled) and isinstance(other, Unrolled)):
        return 1.0
    ours, theirs = model.neighbours, other.neighbours
    if not (isinstance(ours, Similarity) and isinstance(theirs, Similarity)):
        return 1.0
    return (theirs.lattice.counts_itself / ours.lattice.thin) ** NEARER


def _cropped(atoms: Tensor, side: int, wanted: int) -> Tensor:
    """Corners of patches, (channels x side^2, n); smaller ones stay as they are."""
    if side <= wanted:
        return atoms
    patches = atoms.unflatten(0, (-1, side, side))
    return patches[:, :wanted, :wanted].flatten(0, 2)


def _steps(values: Tensor, model: nn.Module) -> int:
    """For how many steps a bank has numbers behind its levels; 0 if not step by step."""
    stepwise = isinstance(model, Unrolled) and values.ndim > 1 and values.shape[1] == model.depth
    return values.shape[1] if stepwise else 0


def _folder(name: str) -> str:
    return name.rpartition(".")[0]


def _end(name: str, theirs: Mapping[str, Tensor]) -> str:
    """Matrices and thresholds by how names end: in a sum, or in a scan's model, they lie deeper."""
    end = THRESHOLDS if name.endswith(THRESHOLDS) else name.rpartition(".")[2]
    ends = [n for n in theirs if end != VALUES and f".{n}".endswith(f".{end}")]
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
