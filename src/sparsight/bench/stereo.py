"""Stereo with and without total variation: the experiment of Games table 5, small.

Per seed a network is trained, then trained on for a while: once as it is, once with each layer on
its disparity. All arms of a seed start from the same weights and see the same crops.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import nn

from sparsight.data.stereo import StereoPair
from sparsight.metrics.stereo import bad_pixels
from sparsight.models.regularizer import TVRegularizer
from sparsight.models.stereo import RegularizedStereo
from sparsight.networks import SmallStereo
from sparsight.training.stereo import StereoSchedule, fit_stereo

Layer = Callable[[], nn.Module]
LAYERS: Mapping[str, Layer] = {
    "network": nn.Identity,
    "network + TV, 12 steps": lambda: TVRegularizer(1, 12),
    "network + TV, 24 steps": lambda: TVRegularizer(1, 24),
    "network + TV, 12 extra-gradient steps": lambda: TVRegularizer(1, 12, True),
}


@dataclass(frozen=True)
class StereoResult:
    """3-pixel errors of one arm and seed, percent.

    Attributes:
        arm: a key of LAYERS.
        seed: of the network and of all crops.
        errors: per scene, over pixels of known disparity.
        seen_by_both: per scene, over those that are not hidden from the right camera.
    """

    arm: str
    seed: int
    errors: Mapping[str, float]
    seen_by_both: Mapping[str, float]


def bench_stereo(
    pairs: Sequence[StereoPair],
    tests: Mapping[str, StereoPair],
    seed: int,
    first: StereoSchedule,
    then: StereoSchedule,
) -> list[StereoResult]:
    """All arms of a seed.

    Args:
        pairs: to train on.
        tests: scenes to measure.
        seed: of the network and of all crops.
        first: training of the network alone.
        then: training that every arm gets on top.
    """
    torch.manual_seed(seed)
    network = SmallStereo(first.max_disparity)
    fit_stereo(network, pairs, replace(first, seed=2 * seed))
    results = []
    for arm, layer in LAYERS.items():
        model = RegularizedStereo(copy.deepcopy(network), layer())
        fit_stereo(model, pairs, replace(then, seed=2 * seed + 1))
        results.append(measure(model, tests, arm, seed))
    return results


@torch.inference_mode()
def measure(model: nn.Module, tests: Mapping[str, StereoPair], arm: str, seed: int) -> StereoResult:
    """The errors of a trained model."""
    errors, both = {}, {}
    for name, pair in tests.items():
        disparity = model(pair.left[None] / 255, pair.right[None] / 255)[0, 0]
        errors[name] = bad_pixels(disparity, pair.disparity, pair.known)
        both[name] = bad_pixels(disparity, pair.disparity, pair.seen_by_both)
    return StereoResult(arm, seed, errors, both)
