"""How a patch chooses among groups of kernels: NSR eqs. (6), (7) and the rivals of its table 1.

A gate turns the side network's scores into a choice; a choice mixes the groups' kernels.
"""

from dataclasses import dataclass
from typing import ClassVar, Protocol

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor


class Choice(Protocol):
    """What n patches chose, for each of d cardinal groups."""

    @property
    def weights(self) -> Float[Tensor, "n d k"]:
        """gamma, the share of each of the k groups."""
        ...

    def mix(self, kernels: Float[Tensor, "k d m"]) -> Float[Tensor, "n d m"]:
        """Eq. (10): sum over i of gamma_{j,i} W^{j,i}, for each patch."""
        ...


@dataclass(frozen=True)
class Weighted:
    """A share of every group.

    Args:
        weights: gamma.
    """

    weights: Float[Tensor, "n d k"]

    def mix(self, kernels: Float[Tensor, "k d m"]) -> Float[Tensor, "n d m"]:
        """The weighted sums."""
        return torch.einsum("ndk,kdm->ndm", self.weights, kernels)


@dataclass(frozen=True)
class Picked:
    """One group, the others are never touched.

    Args:
        index: its number.
        k: how many groups there are.
    """

    index: Int[Tensor, "n d"]
    k: int

    @property
    def weights(self) -> Float[Tensor, "n d k"]:
        """gamma: one 1, else 0."""
        return F.one_hot(self.index, self.k).float()

    def mix(self, kernels: Float[Tensor, "k d m"]) -> Float[Tensor, "n d m"]:
        """The picked kernels."""
        return kernels[self.index, torch.arange(kernels.shape[1], device=kernels.device)]


class Gate(Protocol):
    """From scores to a choice."""

    # Whether there is something to choose where k = 1.
    scales_one_group: ClassVar[bool]

    def __call__(
        self, scores: Float[Tensor, "n d k"], temperature: float, training: bool
    ) -> Choice:
        """The choice; low temperatures make it sharp."""
        ...


@dataclass(frozen=True)
class SoftmaxGate:
    """Soft sparsity, eq. (7)."""

    scales_one_group: ClassVar[bool] = False

    def __call__(
        self, scores: Float[Tensor, "n d k"], temperature: float, training: bool
    ) -> Choice:
        """Softmax over groups."""
        return Weighted((scores / temperature).softmax(2))


@dataclass(frozen=True)
class HardGate:
    """Soft sparsity while it learns, the best group alone at inference, eq. (6)."""

    scales_one_group: ClassVar[bool] = False

    def __call__(
        self, scores: Float[Tensor, "n d k"], temperature: float, training: bool
    ) -> Choice:
        """Softmax, or argmax."""
        if training:
            return Weighted((scores / temperature).softmax(2))
        return Picked(scores.argmax(2), scores.shape[2])


@dataclass(frozen=True)
class GumbelGate:
    """One group drawn at random while it learns, the best one at inference (table 1).

    The choice is hard, its gradient that of the softmax with the same noise.

    Args:
        generator: of the draws; torch's own if None.
    """

    generator: torch.Generator | None = None
    scales_one_group: ClassVar[bool] = False

    def __call__(
        self, scores: Float[Tensor, "n d k"], temperature: float, training: bool
    ) -> Choice:
        """A draw, or argmax."""
        if not training:
            return Picked(scores.argmax(2), scores.shape[2])
        noise = -torch.empty_like(scores).exponential_(generator=self.generator).log()
        soft = ((scores + noise) / temperature).softmax(2)
        hard = F.one_hot(soft.argmax(2), scores.shape[2]).to(soft)
        return Weighted(hard + soft - soft.detach())


@dataclass(frozen=True)
class SigmoidGate:
    """Each group weighed on its own, as in CondConv: no sparsity (table 1)."""

    scales_one_group: ClassVar[bool] = True

    def __call__(
        self, scores: Float[Tensor, "n d k"], temperature: float, training: bool
    ) -> Choice:
        """Sigmoid of every score."""
        return Weighted((scores / temperature).sigmoid())
