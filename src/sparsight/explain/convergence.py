"""How near a game of smooth penalties comes to its equilibrium (Games sections 3.2 and A.2).

Players are at rest where the field H(Z) of their own gradients is 0. Weights that are symmetric,
a_jk = a_kj, make H the gradient of a potential, which small enough moves lower; no function has an
asymmetric game's field for its gradient, nor one whose players leave out what others pay for them.
"""

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol, runtime_checkable

import torch
from jaxtyping import Float, Inexact
from torch import Tensor, nn

from sparsight.fidelities import MeasuredFidelity, PatchFidelity
from sparsight.models import Unrolled
from sparsight.penalties import Composite, Smoothed, SmoothSum
from sparsight.protocols import Fidelity, SmoothPenalty, State
from sparsight.solvers import field

TOLERANCE = 1e-6
BOTH_ENDS = 2


@runtime_checkable
class Paid(Protocol):
    """A penalty whose terms are paid by so many players each, so that their sum has a meaning."""

    payers: ClassVar[int]

    def value(self, z: Tensor) -> Tensor:
        """psi(z), one number per image."""
        ...


@dataclass(frozen=True)
class Move:
    """One move.

    Attributes:
        residual: root mean square of H(Z) before the move.
        potential: data term and half of what players pay each other, or None if there is none.
        stepsize: mean over players.
    """

    residual: float
    potential: float | None
    stepsize: float


@dataclass(frozen=True)
class Convergence:
    """All moves, and what the residual was after the last.

    Attributes:
        moves: in order.
        last: residual of the result, under the last penalty.
        asymmetry: the greatest |a_jk - a_kj| of all graphs.
        reason: why there is no potential; empty if there is one.
    """

    moves: tuple[Move, ...]
    last: float
    asymmetry: float
    reason: str

    def __str__(self) -> str:
        """A table with a verdict."""
        says = f"no potential: {self.reason}" if self.reason else "potential game"
        rows = [f"{says} (|a_jk - a_kj| up to {self.asymmetry:.2g})"]
        rows.append(f"{'move':>4} {'residual':>10} {'potential':>12} {'step size':>10}")
        for k, move in enumerate(self.moves):
            potential = "-" if move.potential is None else f"{move.potential:.6g}"
            rows.append(f"{k:4} {move.residual:10.3e} {potential:>12} {move.stepsize:10.4f}")
        rows.append(f" end {self.last:10.3e}")
        return "\n".join(rows)


@torch.no_grad()
def convergence(
    model: Unrolled, y: Inexact[Tensor, "b _ _ _"], sigma: Float[Tensor, " b"] | None = None
) -> Convergence:
    """Runs a model and keeps account.

    Args:
        model: whose prior gives penalties with a gradient.
        y: observed.
        sigma: noise levels in [0, 1] units.

    Raises:
        ValueError: the model's penalty has no gradient, or part of it is taken by its prox.
    """
    data = model.fidelity.observe(y)
    state = State(0, model.fidelity.start(data), data, model.fidelity, sigma)
    moves, games, penalty = [], [], None
    for k in range(model.depth):
        state = model.prepare(state, k)
        penalty = model.prior(state)
        if isinstance(penalty, Composite) or not isinstance(penalty, SmoothPenalty):
            raise ValueError(
                f"{type(penalty).__name__} has no gradient; only smooth games converge so"
            )
        games.append(_Game.of(state, penalty))
        eta = model.stepsize(state) if isinstance(model.stepsize, nn.Module) else model.stepsize
        residual = _size(field(state, penalty))
        potential = games[-1].potential(state)
        moves.append(Move(residual, potential, float(torch.as_tensor(eta).mean())))
        state = replace(state, z=model.step(state, penalty, eta), previous=state.z)
    last = _size(field(state, penalty)) if penalty is not None else 0.0
    reason = next((game.reason for game in games if game.reason), "")
    worst = max((game.asymmetry for game in games), default=0.0)
    return Convergence(tuple(moves), last, worst, reason)


@dataclass(frozen=True)
class _Game:
    """The penalties of a move, and whether their field has a potential."""

    penalties: tuple[Any, ...]
    asymmetry: float
    reason: str

    @classmethod
    def of(cls, state: State, penalty: SmoothPenalty) -> "_Game":
        """Looks at a penalty, or at each part of a sum."""
        parts = penalty.penalties if isinstance(penalty, SmoothSum) else (penalty,)
        plain = [_plain(part) for part in parts]
        payers = [part.payers if isinstance(part, Paid) else 0 for part in plain]
        graphs = [part.graph for part, n in zip(plain, payers, strict=True) if n == BOTH_ENDS]
        asymmetry = max((graph.asymmetry() for graph in graphs), default=0.0)
        reason = _untied(state.fidelity)
        if not reason and 0 in payers:
            reason = f"the field of {type(plain[payers.index(0)]).__name__} is no gradient"
        if not reason and asymmetry > TOLERANCE:
            reason = "asymmetric weights"
        return cls(tuple(parts), asymmetry, reason)

    def potential(self, state: State) -> float | None:
        """V(Z) = h + what players pay, each term counted once (A.2)."""
        if self.reason:
            return None
        paid = [part.value(state.z) / _plain(part).payers for part in self.penalties]
        return (_cost(state) + sum(paid)).sum().item()


def _plain(penalty: Any) -> Any:
    """What a smoothed penalty is the envelope of."""
    return penalty.penalty if isinstance(penalty, Smoothed) else penalty


def _untied(fidelity: Fidelity) -> str:
    """Why the data term's field is no gradient; empty where it is one."""
    if isinstance(fidelity, MeasuredFidelity) and isinstance(fidelity.codes, PatchFidelity):
        return "the data pull at every patch of a pixel alike"
    if not isinstance(fidelity, PatchFidelity):
        return ""
    return "" if torch.equal(fidelity.dictionary, fidelity.preconditioner) else "C is not D"


def _cost(state: State) -> Tensor:
    """h(z; y)."""
    fidelity, data, z = state.fidelity, state.data, state.z
    if data.measurement is not None and isinstance(fidelity, MeasuredFidelity):
        seen = data.measurement.operator.A(fidelity.codes.predict(z, data))
        return (seen - data.measurement.y).abs().square().flatten(1).sum(1) / 2
    seen = fidelity.dictionary @ z if isinstance(fidelity, PatchFidelity) else z
    error = seen - data.centred
    return (error if data.mask is None else data.mask * error).square().sum((1, 2)) / 2


def _size(values: Tensor) -> float:
    return values.square().mean().sqrt().item()
