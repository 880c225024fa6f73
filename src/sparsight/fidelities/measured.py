"""Images seen through an operator: h(z; y) = 1/2 ||A x(z) - y||^2 (Games eq. (9)).

Codes are those of another fidelity, pixels or patches, which says what image they stand for and
how an image pulls at them; the operator stands between that image and what was observed.
"""

from collections.abc import Callable
from dataclasses import replace

from jaxtyping import Float, Inexact
from torch import Tensor, nn

from sparsight.fidelities.patches import PatchFidelity
from sparsight.fidelities.pixels import PixelFidelity
from sparsight.protocols import Eta, Measurement, Observation, Operator


class MeasuredFidelity(nn.Module):
    """Codes of an image that was observed through an operator.

    Args:
        codes: how codes and image relate.
        operator: gives A for a mask, e.g. `operators.MaskedFourier`.
    """

    def __init__(
        self, codes: PixelFidelity | PatchFidelity, operator: Callable[[Tensor], Operator]
    ):
        super().__init__()
        self.codes = codes
        self.operator = operator
        self.side, self.channels = codes.side, codes.channels

    @property
    def stride(self) -> tuple[int, int]:
        """Of the codes: rows and columns from one patch to the next."""
        return self.codes.stride

    @property
    def synthesis(self) -> Tensor:
        """W of the codes."""
        return self.codes.synthesis

    def observe(
        self, y: Inexact[Tensor, "b _ _ _"], mask: Float[Tensor, "#b _ _ _"] | None = None
    ) -> Observation:
        """Keeps what was observed, and the image A* y.

        Args:
            y: observed.
            mask: 1 where a sample was observed; None takes those that are not 0.

        Raises:
            ValueError: patches leave pixels out, which then have no estimate.
        """
        seen = (y != 0).to(y.real.dtype) if mask is None else mask
        operator = self.operator(seen)
        data = self.codes.observe(operator.A_adjoint(y))
        height, width = data.size
        beside = (height - self.side) % self.stride[0] or (width - self.side) % self.stride[1]
        if beside or max(self.stride) > self.side:
            raise ValueError(
                f"a {height}x{width} image has pixels without a patch of side {self.side} and "
                f"stride {self.stride}; choose a stride of at most {self.side} that divides what "
                "is left of a side"
            )
        return replace(data, measurement=Measurement(y, operator))

    def start(self, data: Observation) -> Float[Tensor, "b p n"]:
        """The codes of A* y: its pixels, or zeros."""
        return self.codes.start(data)

    def gradient(self, z: Float[Tensor, "b p n"], data: Observation) -> Float[Tensor, "b p n"]:
        """A* (A x(z) - y), as it pulls at the codes.

        Raises:
            ValueError: the data were observed by another fidelity.
        """
        if data.measurement is None:
            raise ValueError("the data hold no measurement; observe them by this fidelity")
        y, operator = data.measurement.y, data.measurement.operator
        gap = operator.A(self.codes.predict(z, data)) - y
        return self.codes.pull(operator.A_adjoint(gap))

    def descend(
        self, z: Float[Tensor, "b p n"], data: Observation, eta: Eta = 1.0
    ) -> Float[Tensor, "b p n"]:
        """z - eta * gradient(z)."""
        return z - eta * self.gradient(z, data)

    def estimate_patches(self, z: Float[Tensor, "b p n"]) -> Float[Tensor, "b m n"]:
        """W z, without means."""
        return self.codes.estimate_patches(z)

    def average(self, patches: Float[Tensor, "b m n"], data: Observation) -> Float[Tensor, "b m n"]:
        """Overlapping patches averaged into an image and cut again."""
        return self.codes.average(patches, data)

    def decode(self, z: Float[Tensor, "b p n"], data: Observation) -> Float[Tensor, "b c h w"]:
        """The image that the codes stand for."""
        return self.codes.decode(z, data)
