"""One step of a solver: explicit on what is smooth, implicit on the rest; gradients of games."""

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from sparsight.penalties.composite import Composite
from sparsight.protocols import Eta, Penalty, SmoothPenalty, State


@runtime_checkable
class Step(Protocol):
    """Moves codes once."""

    def __call__(self, state: State, penalty: Any, eta: Any) -> Tensor:
        """New codes."""
        ...


def proximal(state: State, penalty: Penalty, eta: Eta) -> Float[Tensor, "b p n"]:
    """prox_{eta psi}(z - eta grad h(z)): ISTA, and LISTA with learned matrices.

    Args:
        state: codes, data and fidelity.
        penalty: psi at this step.
        eta: step size, one number, or one per image or patch, (b, 1, 1) or (b, 1, n).
    """
    return penalty.prox(state.fidelity.descend(state.z, state.data, eta), eta)


def forward_backward(state: State, penalty: Composite, eta: Eta) -> Float[Tensor, "b p n"]:
    """Explicit in the data term and the smooth penalties, implicit in the simple one.

    Args:
        state: codes, data and fidelity.
        penalty: smooth terms and one with a prox.
        eta: step size, as of `proximal`.
    """
    z = state.fidelity.descend(state.z, state.data, eta) - eta * penalty.gradient(state.z)
    return penalty.simple.prox(z, eta)


def field(state: State, penalty: SmoothPenalty) -> Float[Tensor, "b p n"]:
    """H(Z): each player's own gradient of what it pays (Games eq. (6)); 0 at an equilibrium.

    Args:
        state: codes, data and fidelity.
        penalty: psi at this step.
    """
    return state.fidelity.gradient(state.z, state.data) + penalty.gradient(state.z)


def gradient(state: State, penalty: SmoothPenalty, eta: Eta) -> Float[Tensor, "b p n"]:
    """Z - eta H(Z) (Games eq. (7)).

    Args:
        state: codes, data and fidelity.
        penalty: psi at this step.
        eta: step size, as of `proximal`.
    """
    return state.z - eta * field(state, penalty)


@dataclass(frozen=True)
class HeavyBall:
    """`gradient` with inertia: Z - eta H(Z) + inertia (Z - what Z was before), after Polyak.

    What was not observed is filled in by its neighbours alone, at one pixel a step or less;
    inertia gets there in a third of the steps.

    Args:
        inertia: from 0, `gradient`, to below 1.

    Raises:
        ValueError: inertia is none such.
    """

    inertia: float

    def __post_init__(self):
        """Refuses inertia that nothing stops."""
        _check_inertia(self.inertia)

    def __call__(self, state: State, penalty: SmoothPenalty, eta: Eta) -> Float[Tensor, "b p n"]:
        """New codes."""
        return gradient(state, penalty, eta) + self.inertia * _last_move(state)


@dataclass(frozen=True)
class InertialForwardBackward:
    """`forward_backward` with inertia before the prox (iPiano, Ochs et al. 2014).

    Args:
        inertia: from 0, `forward_backward`, to below 1.

    Raises:
        ValueError: inertia is none such.
    """

    inertia: float

    def __post_init__(self):
        """Refuses inertia that nothing stops."""
        _check_inertia(self.inertia)

    def __call__(self, state: State, penalty: Composite, eta: float) -> Float[Tensor, "b p n"]:
        """New codes."""
        z = state.fidelity.descend(state.z, state.data, eta) - eta * penalty.gradient(state.z)
        return penalty.simple.prox(z + self.inertia * _last_move(state), eta)


def _check_inertia(inertia: float) -> None:
    if not 0 <= inertia < 1:
        raise ValueError(f"inertia is {inertia}; give a number from 0 to below 1")


def _last_move(state: State) -> Tensor:
    return state.z - (state.z if state.previous is None else state.previous)


def extragradient(state: State, penalty: SmoothPenalty, eta: Eta) -> Float[Tensor, "b p n"]:
    """Looks ahead, then moves from where it stood (Games eq. (8)).

    Two moves make a step: even moves look ahead, odd ones start over from the codes before the
    look with the field at what it saw. Each move has its own penalty and step size, hence the
    paper's doubled parameters.

    Args:
        state: codes, those before the last move, and the number of the move.
        penalty: psi at this move.
        eta: step size, as of `proximal`.
    """
    base = state.z if state.k % 2 == 0 or state.previous is None else state.previous
    return base - eta * field(state, penalty)
