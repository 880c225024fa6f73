"""The patch critic of *Learning local regularization for variational image restoration* (ALR)."""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from sparsight.penalties import PUBLISHED, Layer, PatchCritic, SquaredCritic


@dataclass(frozen=True)
class CriticSchedule:
    """How a critic is trained (ALR section 3.2 and algorithm 1).

    Args:
        steps: K, of the optimiser.
        batch: m, patches of each kind per step.
        sigma_low: lowest noise level of degraded patches, 8-bit units.
        sigma_high: highest noise level.
        steepness: mu, what a gradient's norm other than 1 costs.
        lr: rate of Adam at the first step.
        lr_last: at the last; it falls exponentially.
        seed: of all draws.
    """

    steps: int = 100_000
    batch: int = 32
    sigma_low: float = 12.75
    sigma_high: float = 76.5
    steepness: float = 5.0
    lr: float = 1e-3
    lr_last: float = 1e-4
    seed: int = 0

    def __post_init__(self):
        """Refuses numbers that cannot be meant."""
        _check(self)
        if self.steepness < 0:
            raise ValueError(f"steepness is {self.steepness}; it must not be below 0")


@dataclass(frozen=True)
class DistanceSchedule:
    """How a score of squared distance is trained.

    Args:
        steps: of the optimiser.
        batch: patches per step.
        sigma_low: lowest noise level, 8-bit units, above 0.
        sigma_high: highest noise level.
        lr: rate of Adam at the first step.
        lr_last: at the last; it falls exponentially.
        seed: of all draws.
    """

    steps: int = 100_000
    batch: int = 32
    sigma_low: float = 2.55
    sigma_high: float = 76.5
    lr: float = 1e-3
    lr_last: float = 1e-4
    seed: int = 0

    def __post_init__(self):
        """Refuses numbers that cannot be meant."""
        _check(self)
        if not self.sigma_low > 0:
            raise ValueError(f"sigma_low is {self.sigma_low}; misses are divided by it: above 0")


def _check(schedule: CriticSchedule | DistanceSchedule) -> None:
    for name in ("steps", "batch", "lr", "lr_last"):
        if getattr(schedule, name) <= 0:
            raise ValueError(f"{name} is {getattr(schedule, name)}; it must be above 0")
    if not 0 <= schedule.sigma_low <= schedule.sigma_high <= 255:
        raise ValueError(
            f"sigma_low is {schedule.sigma_low}, sigma_high {schedule.sigma_high}; "
            "give low <= high between 0 and 255"
        )
    if schedule.sigma_high == 0:
        raise ValueError("sigma_high is 0; without noise there is nothing to tell")


def alr(channels: int = 3, depth: int = 6, width: int = 32) -> PatchCritic:
    """Convolutions of 3 x 3, as the paper's text has them; six see 13 x 13 pixels.

    Args:
        channels: 1 grey, 3 RGB.
        depth: how many, the last gives the score.
        width: channels between them.
    """
    return PatchCritic(channels, [Layer(width)] * (depth - 1) + [Layer(1)])


def squared(
    channels: int = 3, depth: int = 6, width: int = 32, features: int = 16
) -> SquaredCritic:
    """The same convolutions, but the score is half the squared norm of the last one's channels.

    Args:
        channels: 1 grey, 3 RGB.
        depth: how many convolutions.
        width: channels between them.
        features: channels of the last.
    """
    return SquaredCritic(channels, [Layer(width)] * (depth - 1) + [Layer(features)])


def published(weights: Mapping[str, Tensor]) -> PatchCritic:
    """The critic that was published with the paper, which has other layers than its text.

    Args:
        weights: of its convolutions, `layer1.weight`, `layer1.bias`, ... `layer6.bias`.
    """
    critic = PatchCritic(3, PUBLISHED)
    for number, convolution in enumerate(critic.convolutions, 1):
        convolution.load_state_dict(
            {name: weights[f"layer{number}.{name}"] for name in ("weight", "bias")}
        )
    return critic.eval()
