"""How strongly a critic shall regularise at each noise level: lambda of ALR eq. (4), per pixel."""

import math
from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Strengths:
    """A table of strengths, interpolated between noise levels and continued beyond them.

    The paper's lambda weighs a mean over patches against a sum over pixels. Here it is given
    per pixel, so that images of all sizes are treated alike.

    Args:
        levels: noise levels in [0, 1] units, increasing, two or more.
        values: lambda per pixel at each.

    Raises:
        ValueError: levels do not increase, or anything is not above 0.
    """

    levels: Sequence[float]
    values: Sequence[float]

    def __post_init__(self):
        """Refuses what cannot be interpolated."""
        pairs = zip(self.levels[:-1], self.levels[1:], strict=True)
        sound = len(self.levels) == len(self.values) > 1 and all(a < b for a, b in pairs)
        if not sound or min(*self.levels, *self.values) <= 0:
            raise ValueError(
                f"levels are {list(self.levels)}, strengths {list(self.values)}; give one "
                "strength for each of two or more increasing levels, all above 0"
            )

    def at(self, sigma: float) -> float:
        """Lambda per pixel: a power law between neighbouring levels.

        Args:
            sigma: noise level in [0, 1] units, above 0.
        """
        k = min(max(bisect(self.levels, sigma), 1), len(self.levels) - 1)
        (low, high), (first, last) = self.levels[k - 1 : k + 1], self.values[k - 1 : k + 1]
        share = math.log(sigma / low) / math.log(high / low)
        return first * (last / first) ** share

    def record(self) -> dict[str, Any]:
        """As it stands in the header of weights."""
        return {"levels": list(self.levels), "values": list(self.values)}


def strengths_of(record: Mapping[str, Any]) -> Strengths | None:
    """The table in a record of weights, or None if none was fitted."""
    table = record.get("strengths")
    return None if table is None else Strengths(table["levels"], table["values"])
