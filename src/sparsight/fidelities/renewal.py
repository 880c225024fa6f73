"""How the data of a solve change on the way: not at all, or by rule.

A renewal gives the data in force at a step. Most models keep theirs.
"""

from collections.abc import Collection
from dataclasses import replace

import torch
from torch import Tensor, nn

from sparsight.bank import Bank
from sparsight.neighbours import averaged_estimate
from sparsight.protocols import Observation, State


class SameData(nn.Module):
    """What was observed stays."""

    def forward(self, state: State) -> Observation:
        """The data in force."""
        return state.data


class VarianceReduction(nn.Module):
    """Moves the patches towards what overlapping estimates agree upon.

    The form in which the authors of Games run their variance penalty: before the given steps
    the data become (1 - share) of themselves and share of the averaged estimate's patches.
    The penalty itself is `sparsight.penalties.VariancePenalty`.

    Args:
        share: bank of how much of the estimate enters at each of these steps, or at all.
        steps: the steps k before which this happens.
    """

    def __init__(self, share: Bank, steps: Collection[int]):
        super().__init__()
        self.share = share
        self.steps = tuple(sorted(steps))

    def forward(self, state: State) -> Observation:
        """The data in force."""
        data = state.data
        if state.k not in self.steps:
            return data
        estimate = state.fidelity.average(state.fidelity.estimate_patches(state.z), data)
        share = _at_step(state, self.share, self.steps)
        return replace(data, centred=torch.lerp(data.centred, estimate, share))


class GapFilling(nn.Module):
    """Unobserved samples count a little, as what overlapping estimates agree upon.

    `VarianceReduction` where samples are missing: what was observed stays, and each gap is filled
    anew with the averaged estimate, which then weighs `share` of what an observed sample does.

    Args:
        share: bank of the weight of filled gaps after each of these steps, or after all;
            below 0 counts as 0.
        steps: the steps k before which gaps are filled.
    """

    def __init__(self, share: Bank, steps: Collection[int]):
        super().__init__()
        self.share = share
        self.steps = tuple(sorted(steps))

    def forward(self, state: State) -> Observation:
        """The data in force."""
        data = state.data
        if state.k not in self.steps or data.observed is None:
            return data
        share = _at_step(state, self.share, self.steps).relu()
        filled = torch.lerp(averaged_estimate(state), data.centred, data.observed)
        return replace(
            data, centred=filled, mask=torch.lerp(share, share.new_ones(()), data.observed)
        )


def _at_step(state: State, bank: Bank, steps: tuple[int, ...]) -> Tensor:
    """The bank's number for this one of the steps, (#b, 1, 1); later ones take the last."""
    numbers = state.at_noise(bank)
    return numbers[:, min(steps.index(state.k), numbers.shape[1] - 1), None, None]


class MaskAfterFirstStep(nn.Module):
    """Takes unobserved samples for zeros at the first step: the authors' mosaic GroupSC."""

    def forward(self, state: State) -> Observation:
        """The data in force."""
        data = state.data
        return replace(data, mask=None if state.k == 0 else data.observed)
