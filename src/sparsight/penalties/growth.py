"""How a critic's penalty grows with the distance to clean patches (ALR section 6).

A trained r is a distance up to a constant, of slope 1 near and far. A power of it pulls patches by
how far they are: above 1 those that are far are pulled most, below 1 those that are near, which
leaves alone what looks unlike all clean patches whatever is done to it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import torch
from jaxtyping import Float
from torch import Tensor

from sparsight.penalties.critic import Scores

# What counts as no distance at all: a power below 1 is infinitely steep at 0.
LEAST = 1e-3


@dataclass(frozen=True)
class Growth:
    """The form (r - zero)^power / power.

    Args:
        power: above 0; 1 changes nothing but a constant.
        zero: the score of no distance; what is below has no pull.

    Raises:
        ValueError: power is not above 0.
    """

    power: float
    zero: float

    def __post_init__(self):
        """Refuses what would reward distance."""
        if not self.power > 0:
            raise ValueError(f"power is {self.power:g}; it must be above 0")

    @classmethod
    def above(cls, scores: Tensor, power: float) -> Self:
        """From scores of clean patches: zero lies as far below the least as that below the mean.

        Args:
            scores: of any shape.
            power: of the form.
        """
        least, mean = scores.min().item(), scores.mean().item()
        return cls(power, 2 * least - mean)

    def record(self) -> dict[str, float]:
        """As it stands in the header of weights."""
        return asdict(self)


def growth_of(record: Mapping[str, Any]) -> Growth | None:
    """The growth in a record of weights, or None for that of the critic itself."""
    growth = record.get("growth")
    return None if growth is None else Growth(**growth)


@dataclass(frozen=True, eq=False)
class GrownCritic:
    """A critic whose scores grow by another power.

    Args:
        critic: r.
        growth: what is made of it.
    """

    critic: Scores
    growth: Growth

    @property
    def channels(self) -> int:
        """Of the image."""
        return self.critic.channels

    @property
    def field(self) -> int:
        """Side of the patch that a score depends on."""
        return self.critic.field

    @property
    def stride(self) -> int:
        """Pixels from one score's patch to the next."""
        return self.critic.stride

    def __call__(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b _ _"]:
        """The score of each patch on a grid; arguments and errors as of the critic."""
        distance = (self.critic(x) - self.growth.zero).clamp(min=LEAST)
        return torch.pow(distance, self.growth.power) / self.growth.power
