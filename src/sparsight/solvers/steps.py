"""One step of a splitting method: explicit on what is smooth, implicit on the rest."""

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

from sparsight.penalties.composite import Composite
from sparsight.protocols import Penalty

Descend = Callable[[Tensor, float], Tensor]


@runtime_checkable
class Step(Protocol):
    """Moves codes once."""

    def __call__(self, z: Tensor, descend: Descend, penalty: Penalty, eta: float) -> Tensor:
        """New codes."""
        ...


def proximal(
    z: Float[Tensor, "b p n"], descend: Descend, penalty: Penalty, eta: float
) -> Float[Tensor, "b p n"]:
    """prox_{eta psi}(z - eta grad h(z)): ISTA, and LISTA with learned matrices.

    Args:
        z: codes.
        descend: (z, eta) -> z - eta grad h(z).
        penalty: psi at this step.
        eta: step size.
    """
    return penalty.prox(descend(z, eta), eta)


def forward_backward(
    z: Float[Tensor, "b p n"], descend: Descend, penalty: Composite, eta: float
) -> Float[Tensor, "b p n"]:
    """Explicit in the data term and the smooth penalties, implicit in the simple one."""
    return penalty.simple.prox(descend(z, eta) - eta * penalty.gradient(z), eta)
