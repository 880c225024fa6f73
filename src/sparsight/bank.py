"""A bank: learned numbers kept at several noise levels and interpolated between them.

GroupSC section 3.4 keeps one set of thresholds per noise level and shares all else. Here the
noise level is continuous. Values are kept as they would be at sigma = 25/255 and scaled by the
power of sigma that the quantity obeys, so that all levels train alike, interpolation between
levels is nearly flat, and beyond the first and last level the scaling goes on.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

REFERENCE = 25 / 255
FAINTEST = 0.1 / 255


class Bank(nn.Module):
    """Learned values, one set per noise level.

    Args:
        levels: noise levels in [0, 1] units, increasing; one level means that sigma is ignored.
            JPEG qualities divided by 100 do as well, with homogeneity 0.
        values: first axis the levels.
        homogeneity: the power of sigma that values follow: 1 for thresholds, which are
            proportional to the noise, -1 for inverse lengths, 0 for pure numbers. A bank of
            one level ignores it.

    Raises:
        ValueError: levels do not increase, or do not match the values.
    """

    levels: Tensor

    def __init__(
        self, levels: Sequence[float], values: Float[Tensor, "l ..."], homogeneity: float = 0.0
    ):
        super().__init__()
        if len(levels) != len(values):
            raise ValueError(f"levels are {len(levels)}, values {len(values)}; give one per level")
        if any(b <= a for a, b in zip(levels[:-1], levels[1:], strict=True)):
            raise ValueError(f"levels are {list(levels)}; they must increase")
        self.homogeneity = homogeneity
        self.values = nn.Parameter(values)
        self.register_buffer("levels", torch.tensor(levels), persistent=False)

    def forward(self, sigma: Float[Tensor, " b"] | None) -> Float[Tensor, "#b ..."]:
        """The values at these noise levels ([0, 1] units), or as they are if sigma is None.

        Raises:
            ValueError: sigma is None though the bank holds several levels.
        """
        if len(self.levels) == 1:
            return self.values
        if sigma is None:
            raise ValueError("sigma is missing; this model was trained for several noise levels")
        inside = sigma.clamp(self.levels[0], self.levels[-1])
        upper = torch.searchsorted(self.levels, inside).clamp(min=1)
        low, high = self.levels[upper - 1], self.levels[upper]
        shape = (-1, *[1] * (self.values.ndim - 1))
        share = ((inside - low) / (high - low)).reshape(shape)
        between = torch.lerp(self.values[upper - 1], self.values[upper], share)
        scale = (sigma.clamp(min=FAINTEST) / REFERENCE) ** self.homogeneity
        return between * scale.reshape(shape)


class NoiseLevel(nn.Module):
    """The noise level itself, as a unit for numbers that are learned in proportion to it.

    Args:
        levels: noise levels in [0, 1] units that a model knows; a single one stands for all.
    """

    def __init__(self, levels: Sequence[float]):
        super().__init__()
        self.only = levels[0] if len(levels) == 1 else None

    def forward(self, sigma: Float[Tensor, " b"] | None) -> Float[Tensor, " #b"]:
        """sigma, or the level that the model knows.

        Raises:
            ValueError: sigma is None though there are several levels.
        """
        if self.only is not None:
            return torch.tensor([self.only])
        if sigma is None:
            raise ValueError("sigma is missing; this model was trained for several noise levels")
        return sigma.clamp(min=FAINTEST)
