"""How the data of a solve change on the way: not at all, or by rule.

A renewal gives the data in force at a step. Most models keep theirs.
"""

from collections.abc import Collection
from dataclasses import replace

import torch
from torch import nn

from sparsight.bank import Bank
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
        shares = state.at_noise(self.share)
        share = shares[:, min(self.steps.index(state.k), shares.shape[1] - 1), None, None]
        return replace(data, centred=torch.lerp(data.centred, estimate, share))


class MaskAfterFirstStep(nn.Module):
    """Takes unobserved samples for zeros at the first step: the authors' mosaic GroupSC."""

    def forward(self, state: State) -> Observation:
        """The data in force."""
        data = state.data
        return replace(data, mask=None if state.k == 0 else data.observed)
