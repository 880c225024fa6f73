"""A model of every noise level, made of models of single ones.

A bank keeps a few numbers per noise level and shares the dictionary among all (GroupSC section
3.4). Here dictionaries follow the noise too: each number lies between those of the two models
trained nearest to it.
"""

from bisect import bisect_left
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor, nn

from sparsight.bank import FAINTEST, Bank
from sparsight.models.unrolled import Unrolled
from sparsight.neighbours import Lattice, Similarity
from sparsight.protocols import State


class AnyLevel(Unrolled):
    """Unrolled steps all of whose numbers follow the noise level.

    They are linear in it between two levels, but for the power of it that numbers of a bank obey;
    beyond the first and last level that power goes on alone. What a patch counts beside the
    candidates that it was trained among lies between those of the two as well.

    Args:
        models: alike but for their numbers, whose banks have one level each. How the last one
            seeks similar patches holds for all.
        levels: the noise level of each in [0, 1] units, increasing.

    Raises:
        ValueError: there are fewer than two, levels do not increase, or numbers of models differ
            in shape.
    """

    def __init__(self, models: Sequence[Unrolled], levels: Sequence[float]):
        if len(models) != len(levels) or len(models) < 2:
            raise ValueError(
                f"models are {len(models)}, levels {len(levels)}; give two or more, one level each"
            )
        if any(b <= a for a, b in zip(levels[:-1], levels[1:], strict=True)):
            raise ValueError(f"levels are {list(levels)}; they must increase")
        like = models[-1]
        if any(_shapes(model) != _shapes(like) for model in models):
            raise ValueError("the models have numbers of other shapes; give models of one recipe")
        super().__init__(
            like.fidelity,
            like.prior,
            like.step,
            like.depth,
            like.neighbours,
            like.renewal,
            like.stepsize,
        )
        self.models = nn.ModuleList(models)
        self.levels = list(levels)

    def forward(
        self,
        y: Float[Tensor, "b _ _ _"],
        sigma: Float[Tensor, " #b"] | None = None,
        mask: Float[Tensor, "#b _ _ _"] | None = None,
    ) -> Float[Tensor, "b _ _ _"]:
        """Restores images, as `Unrolled` does, each by the model of its noise level.

        Raises:
            ValueError: sigma is None.
        """
        if sigma is None or len(set(sigma.tolist())) == 1:
            return self.at(None if sigma is None else sigma[0].item())(y, None, mask)
        masks = [None] * len(y) if mask is None else mask.expand(len(y), -1, -1, -1).split(1)
        images = zip(y.split(1), sigma.tolist(), masks, strict=True)
        return torch.cat([self.at(level)(image, None, hidden) for image, level, hidden in images])

    def prepare(self, state: State, k: int) -> State:
        """Refused.

        Raises:
            ValueError: always; steps are those of one noise level.
        """
        raise ValueError("steps are those of one noise level; take them of model.at(sigma)")

    @torch.no_grad()
    def at(self, sigma: float | None) -> Unrolled:
        """The model of this noise level, in [0, 1] units.

        Raises:
            ValueError: sigma is None.
        """
        if sigma is None:
            raise ValueError("sigma is missing; this model was trained for several noise levels")
        sigma = max(sigma, FAINTEST)
        inside = min(max(sigma, self.levels[0]), self.levels[-1])
        upper = max(bisect_left(self.levels, inside), 1)
        low, high = self.levels[upper - 1 : upper + 1]
        share = (inside - low) / (high - low)
        model = deepcopy(self.models[-1]).requires_grad_(False)
        assert isinstance(model, Unrolled)
        banks = {name: part for name, part in model.named_modules() if isinstance(part, Bank)}
        for bank in banks.values():
            bank.levels.fill_(sigma)
        two = zip(self.models[upper - 1].parameters(), self.models[upper].parameters(), strict=True)
        for (name, numbers), (below, above) in zip(model.named_parameters(), two, strict=True):
            bank = banks.get(name.rpartition(".")[0])
            power = 0.0 if bank is None else bank.homogeneity
            below, above = (
                values * (sigma / level) ** power for values, level in ((below, low), (above, high))
            )
            numbers.copy_(torch.lerp(below, above, share))
        if isinstance(model.neighbours, Similarity):
            below, above = (
                _lattice(one).counts_itself for one in self.models[upper - 1 : upper + 1]
            )
            own = below + share * (above - below)
            model.neighbours.lattice = replace(model.neighbours.lattice, own=own)
        return model


def _lattice(model: nn.Module) -> Lattice:
    return model.neighbours.lattice  # pyright: ignore[reportAttributeAccessIssue, reportReturnType]


def _shapes(model: Unrolled) -> dict[str, torch.Size]:
    return {name: numbers.shape for name, numbers in model.named_parameters()}
