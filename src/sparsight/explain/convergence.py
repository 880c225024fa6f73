"""How near a game of smooth penalties comes to its equilibrium (Games sections 3.2 and A.2).

Players are at rest where the field H(Z) of their own gradients is 0. Weights that are symmetric,
a_jk = a_kj, make H the gradient of a potential, which then falls from move to move; no function
has an asymmetric game's field for its gradient.
"""

from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from sparsight.models import Unrolled
from sparsight.protocols import SmoothPenalty, State
from sparsight.solvers import field

TOLERANCE = 1e-6


@runtime_checkable
class Valued(Protocol):
    """A penalty that can be summed over its players."""

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
    """

    moves: tuple[Move, ...]
    last: float
    asymmetry: float

    def __str__(self) -> str:
        """A table with a verdict."""
        symmetric = self.asymmetry <= TOLERANCE
        says = "potential game" if symmetric else "no potential: asymmetric weights"
        rows = [f"{says} (|a_jk - a_kj| up to {self.asymmetry:.2g})"]
        rows.append(f"{'move':>4} {'residual':>10} {'potential':>12} {'step size':>10}")
        for k, move in enumerate(self.moves):
            potential = "-" if move.potential is None else f"{move.potential:.6g}"
            rows.append(f"{k:4} {move.residual:10.3e} {potential:>12} {move.stepsize:10.4f}")
        rows.append(f" end {self.last:10.3e}")
        return "\n".join(rows)


@torch.no_grad()
def convergence(
    model: Unrolled, y: Float[Tensor, "b c h w"], sigma: Float[Tensor, " b"] | None = None
) -> Convergence:
    """Runs a model and keeps account.

    Args:
        model: whose prior gives penalties with a gradient.
        y: observed.
        sigma: noise levels in [0, 1] units.

    Raises:
        ValueError: the model's penalty has no gradient, or no graph.
    """
    data = model.fidelity.observe(y)
    state = State(0, model.fidelity.start(data), data, model.fidelity, sigma)
    moves, worst, penalty = [], 0.0, None
    for k in range(model.depth):
        state = model.prepare(state, k)
        penalty = model.prior(state)
        if not isinstance(penalty, SmoothPenalty):
            raise ValueError(
                f"{type(penalty).__name__} has no gradient; only smooth games converge so"
            )
        asymmetry = state.neighbours().asymmetry()
        worst = max(worst, asymmetry)
        eta = model.stepsize(state) if isinstance(model.stepsize, nn.Module) else model.stepsize
        moves.append(
            Move(
                _size(field(state, penalty)),
                _potential(state, penalty) if asymmetry <= TOLERANCE else None,
                float(torch.as_tensor(eta).mean()),
            )
        )
        state = replace(state, z=model.step(state, penalty, eta), previous=state.z)
    last = _size(field(state, penalty)) if penalty is not None else 0.0
    return Convergence(tuple(moves), last, worst)


def _size(values: Tensor) -> float:
    return values.square().mean().sqrt().item()


def _potential(state: State, penalty: SmoothPenalty) -> float | None:
    """V(Z) = h + half of the sum over players (A.2): each difference is paid by both its ends."""
    if not isinstance(penalty, Valued):
        return None
    gap = state.fidelity.estimate_patches(state.z) - state.data.centred
    return (gap.square().sum() / 2 + penalty.value(state.z).sum() / 2).item()
