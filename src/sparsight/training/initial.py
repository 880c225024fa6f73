"""What a training begins with: parameters of other weights, or a dictionary learned on patches."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from jaxtyping import UInt8
from torch import Tensor, nn

from sparsight.bank import REFERENCE, Bank
from sparsight.fidelities import MeasuredFidelity, PatchFidelity
from sparsight.models import AnyLevel, Unrolled
from sparsight.recipes.book import from_record
from sparsight.recipes.jpeg import LIKE_NOISE
from sparsight.recipes.schedule import Schedule
from sparsight.training.dictionary import learn_dictionary
from sparsight.training.starting import take_what_fits
from sparsight.zoo import read_weights


def initialise(
    model: nn.Module,
    images: Sequence[UInt8[Tensor, "c _ _"]],
    start: str | None,
    schedule: Schedule,
) -> None:
    """Takes the parameters that fit from other weights, or learns a dictionary if there is one.

    Thresholds then start at so many deviations of the noise that a code receives.

    Args:
        model: to be trained.
        images: to learn a dictionary from.
        start: weights, a zoo name or a path.
        schedule: numbers of the run.

    Raises:
        ValueError: nothing of the other weights fits, or sparse codes have no thresholds.
    """
    if start is not None:
        other = read_weights(start)[0]
        if isinstance(other, AnyLevel):
            if schedule.sigma_low != schedule.sigma_high:
                raise ValueError(
                    f"{start} is made of models of single noise levels; give sigma_low and "
                    "sigma_high the same number, or begin with another"
                )
            other = other.at(schedule.sigma_low / 255)
        if not take_what_fits(model, other):
            raise ValueError(f"nothing of {start} fits this recipe; leave out --start")
        return
    if not isinstance(model, Unrolled):
        return
    fidelity = model.fidelity
    codes = fidelity.codes if isinstance(fidelity, MeasuredFidelity) else fidelity
    if not isinstance(codes, PatchFidelity):
        return
    atoms = codes.dictionary.shape[1]
    dictionary = learn_dictionary(images, codes.side, atoms, schedule.whiten, seed=schedule.seed)
    thresholds = thresholds_of(model.prior)
    one_noise = len(thresholds.levels) == 1 and codes is fidelity  # of scans, levels are rates
    sigma = thresholds.levels[0] if one_noise else REFERENCE
    sigma = LIKE_NOISE if schedule.qualities else sigma
    with torch.no_grad():
        for matrix in codes.parameters():
            matrix.copy_(dictionary)
        noise = sigma * dictionary.norm(dim=0)
        thresholds.values.copy_((schedule.threshold * noise).expand_as(thresholds.values))


def knows_gaps(record: Mapping[str, Any] | None) -> bool:
    """Whether weights of this record were trained to fill gaps."""
    return record is not None and from_record(record).gaps is not None


def thresholds_of(prior: nn.Module) -> Bank:
    """The bank called `thresholds` among what a prior is made of.

    Raises:
        ValueError: there is none.
    """
    for name, part in prior.named_modules():
        if isinstance(part, Bank) and name.rpartition(".")[2] == "thresholds":
            return part
    raise ValueError(
        f"{type(prior).__name__} has no bank called `thresholds` to begin with; name its bank so, "
        "or start from other weights (--start)"
    )
