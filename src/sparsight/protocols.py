"""The words that the rooms share: fidelity, graph, penalty, and the state of a solve.

Everything here is a protocol or plain data, so that no room needs to know another.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

EdgeFunction = Callable[[Tensor, Tensor, Tensor], Tensor]
Scalar = Tensor | float
Eta = Tensor | float


@runtime_checkable
class Operator(Protocol):
    """A linear degradation; any physics of DeepInverse is one."""

    def A(self, x: Tensor) -> Tensor:
        """What is observed of an image, without noise."""
        ...

    def A_adjoint(self, y: Tensor) -> Tensor:
        """The adjoint: <A x, y> = <x, A_adjoint y>."""
        ...


@runtime_checkable
class Joint(Protocol):
    """A penalty of images that gives value and gradient for less than the price of both."""

    def value(self, x: Tensor) -> Tensor:
        """R(x), (b,)."""
        ...

    def value_and_gradient(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Both."""
        ...


@dataclass(frozen=True)
class Measurement:
    """What was observed of an image through an operator.

    Args:
        y: A x and noise.
        operator: A.
    """

    y: Tensor
    operator: Operator


@dataclass(frozen=True)
class Observation:
    """An observed image as patches.

    Args:
        centred: patches less their means.
        mean: one per patch, over all its pixels and channels.
        size: height and width of the image.
        side: patch side.
        stride: rows and columns from one patch to the next.
        observed: patches of the mask, 1 where a sample was observed; None when all were.
        mask: the mask in force at this step.
        measurement: what was observed through an operator; the patches are then A* y's.

    Attributes:
        memo: what a fidelity works out of these data once per solve.
    """

    centred: Float[Tensor, "b m n"]
    mean: Float[Tensor, "b 1 n"]
    size: tuple[int, int]
    side: int
    stride: tuple[int, int] = (1, 1)
    observed: Float[Tensor, "#b m n"] | None = None
    mask: Float[Tensor, "#b m n"] | None = None
    measurement: Measurement | None = None
    # Not for __init__: renewed data (dataclasses.replace) begin with an empty one.
    memo: dict = field(default_factory=dict, init=False, compare=False, repr=False)

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of patch positions."""
        (height, width), (down, right) = self.size, self.stride
        return (height - self.side) // down + 1, (width - self.side) // right + 1


@runtime_checkable
class Fidelity(Protocol):
    """The data term h(z; y) of codes z."""

    @property
    def synthesis(self) -> Tensor:
        """W, (m, p)."""
        ...

    def observe(self, y: Tensor, mask: Tensor | None = None) -> Observation:
        """What is kept of the image y."""
        ...

    def start(self, data: Observation) -> Tensor:
        """The codes before the first step."""
        ...

    def gradient(self, z: Tensor, data: Observation) -> Tensor:
        """The (preconditioned) gradient of h at z."""
        ...

    def descend(self, z: Tensor, data: Observation, eta: Eta) -> Tensor:
        """z - eta * gradient(z), in one go."""
        ...

    def estimate_patches(self, z: Tensor) -> Tensor:
        """The patches that the codes stand for, without means, (b, m, n)."""
        ...

    def average(self, patches: Tensor, data: Observation) -> Tensor:
        """The patches of the image that overlapping patches average to, (b, m, n)."""
        ...

    def decode(self, z: Tensor, data: Observation) -> Tensor:
        """The image that the codes stand for, (b, c, h, w)."""
        ...


@runtime_checkable
class Graph(Protocol):
    """Neighbours with weights a_jk, the influence of patch k on patch j."""

    def mix(self, values: Float[Tensor, "b p n"]) -> Float[Tensor, "b p n"]:
        """Sum over k of a_jk v_k, for every j."""
        ...

    def energy(self, z: Float[Tensor, "b p n"]) -> Float[Tensor, "b p n"]:
        """Sum over k of a_jk z_k^2, for every j."""
        ...

    def shrink_groups(self, z: Float[Tensor, "b p n"], threshold: Tensor, size: Tensor) -> Tensor:
        """z max(1 - threshold size / sqrt(energy), 0): group thresholds, GroupSC eq. (11).

        threshold is one per atom, (#b, p, 1); size the root of the degree, (b, 1, n).
        """
        ...

    def degree(self) -> Float[Tensor, "b n"]:
        """Sum over k of a_jk, for every j."""
        ...

    def pull(self, z: Float[Tensor, "b p n"], alpha: Scalar, bound: Scalar) -> Tensor:
        """Sum over k of a_jk clip(alpha (z_j - z_k), +-bound), for every j.

        alpha and bound are one number, or one per image, (b, 1, 1).
        """
        ...

    def asymmetry(self) -> float:
        """The greatest |a_jk - a_kj|; 0 where the game has a potential."""
        ...

    def edge_sum(self, fn: EdgeFunction, z: Float[Tensor, "b p n"]) -> Float[Tensor, "b p n"]:
        """Sum over k of fn(a_jk, z_j, z_k), for every j; fn acts entry by entry."""
        ...


@runtime_checkable
class Penalty(Protocol):
    """A penalty psi as it stands at one step; here with its proximal operator."""

    def prox(self, z: Float[Tensor, "b p n"], t: Eta) -> Float[Tensor, "b p n"]:
        """The minimiser u of 1/2 ||u - z||^2 + t psi(u)."""
        ...


@runtime_checkable
class SmoothPenalty(Protocol):
    """A penalty that has a gradient everywhere."""

    def gradient(self, z: Float[Tensor, "b p n"]) -> Float[Tensor, "b p n"]:
        """Each player's own gradient: of psi_j with respect to z_j."""
        ...


@dataclass(frozen=True)
class State:
    """Where a solve stands before step k.

    Args:
        k: number of the step, from 0.
        z: codes.
        data: what was observed.
        fidelity: how codes and image relate.
        sigma: noise levels in [0, 1] units, one per image or one for all, or None.
        graph: who is whose neighbour, None before the first step and for local models.
        previous: the codes before the last move.
        memo: what banks hold at these noise levels, looked up once per solve.
    """

    k: int
    z: Float[Tensor, "b p n"]
    data: Observation
    fidelity: Fidelity
    sigma: Float[Tensor, " _"] | None = None
    graph: Any = None
    previous: Float[Tensor, "b p n"] | None = None
    memo: dict = field(default_factory=dict, compare=False, repr=False)

    def at_noise(self, bank: Callable[[Tensor | None], Tensor]) -> Tensor:
        """The bank's values at the noise levels of this solve."""
        if bank not in self.memo:
            self.memo[bank] = bank(self.sigma)
        return self.memo[bank]

    def neighbours(self) -> Graph:
        """The graph, for penalties that need one.

        Raises:
            ValueError: the model has no neighbours.
        """
        if self.graph is None:
            raise ValueError("this prior needs neighbours; give the model a Similarity")
        return self.graph
