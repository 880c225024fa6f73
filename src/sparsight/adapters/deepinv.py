"""sparsight inside DeepInverse: penalties as its priors, denoisers as its denoisers.

The other way round nothing is needed: any linear physics of DeepInverse is an operator here, for
its images are those of `RealImages` at most.
"""

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import torch
from deepinv.models.base import Denoiser  # pyright: ignore[reportMissingImports]
from deepinv.optim import Prior  # pyright: ignore[reportMissingImports]
from jaxtyping import Float
from torch import Tensor

from sparsight.models import Variational
from sparsight.models.variational import Regulariser
from sparsight.operators import Identity
from sparsight.protocols import Operator, Penalty, SmoothPenalty
from sparsight.solvers import NonmonotoneAccelerated

PROX_STEPS = 50
PROX_TOLERANCE = 1e-5


@runtime_checkable
class Valued(Protocol):
    """A penalty of images: one number each."""

    def value(self, x: Tensor) -> Tensor:
        """psi(x), (b,)."""
        ...


class PenaltyPrior(Prior):
    """A penalty of images as a prior of DeepInverse.

    Args:
        penalty: with a value, and a gradient or a proximal operator or both. Without the latter
            it is found by minimisation.
    """

    def __init__(self, penalty: Valued):
        super().__init__()
        self.explicit_prior = True
        self.penalty = penalty

    def fn(self, x: Float[Tensor, "b c h w"], g_param: Any = None) -> Float[Tensor, " b"]:
        """The penalty, one number per image; g_param is not used."""
        return self.penalty.value(x)

    def grad(self, x: Float[Tensor, "b c h w"], g_param: Any = None) -> Float[Tensor, "b c h w"]:
        """Its gradient.

        Raises:
            ValueError: it has none.
        """
        return self._smooth().gradient(x)

    def prox(
        self, x: Float[Tensor, "b c h w"], g_param: Any = None, gamma: Tensor | float = 1.0
    ) -> Float[Tensor, "b c h w"]:
        """argmin_u 1/2 ||u - x||^2 + gamma psi(u).

        Args:
            x: images.
            g_param: not used; optimisers of DeepInverse give it in second place.
            gamma: one number, which their optimisers make of lambda and the step size.
        """
        t = float(gamma)
        if isinstance(self.penalty, Penalty):
            return self.penalty.prox(x, t)
        descent = NonmonotoneAccelerated()
        penalty = self._smooth()
        nearest = Variational(Identity(), penalty, t, descent, PROX_TOLERANCE, PROX_STEPS)
        return nearest(x, 1.0).x

    def _smooth(self) -> Regulariser:
        if isinstance(self.penalty, SmoothPenalty):
            return self.penalty  # pyright: ignore[reportReturnType]
        raise ValueError(
            f"{type(self.penalty).__name__} has no gradient; use an optimiser that takes its prox"
        )


@dataclass(frozen=True)
class ProximalPixels:
    """A penalty of codes, met by images whose pixels are the codes.

    Args:
        penalty: psi of (b, p, n), with a value and a proximal operator; p channels, n pixels.
    """

    penalty: Any

    def value(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, " b"]:
        """psi, one number per image."""
        return self.penalty.value(x.flatten(2))

    def prox(self, x: Float[Tensor, "b c h w"], t: float) -> Float[Tensor, "b c h w"]:
        """Its proximal operator."""
        return self.penalty.prox(x.flatten(2), t).reshape(x.shape)


class Restores(Protocol):
    """What takes noisy images and a noise level, as all denoisers here do."""

    def __call__(self, y: Tensor, sigma: Tensor) -> Tensor:
        """Restored images."""
        ...


class DenoiserModel(Denoiser):
    """A denoiser as one of DeepInverse, for its plug-and-play algorithms.

    Args:
        denoiser: such as `sparsight.load(NAME)`, or the `denoise` of a `LocalRegularizer`.
    """

    def __init__(self, denoiser: Restores):
        super().__init__()
        self.denoiser = denoiser

    def forward(
        self, x: Float[Tensor, "b c h w"], sigma: Tensor | float, **_unused: Any
    ) -> Float[Tensor, "b c h w"]:
        """Restored images; sigma in [0, 1] units, one number or one per image."""
        level = self._handle_sigma(sigma, batch_size=len(x), device=x.device, dtype=x.dtype)
        return self.denoiser(x, torch.as_tensor(level))


@dataclass(frozen=True)
class RealImages:
    """A physics of complex images, such as MRI, met by real ones.

    Args:
        physics: whose images have two channels, real and imaginary.
    """

    physics: Operator

    def A(self, x: Float[Tensor, "b 1 h w"]) -> Tensor:
        """With an imaginary part of 0."""
        return self.physics.A(torch.cat([x, torch.zeros_like(x)], 1))

    def A_adjoint(self, y: Tensor) -> Float[Tensor, "b 1 h w"]:
        """The real part."""
        return self.physics.A_adjoint(y)[:, :1]
