"""The analysis penalty ||W x||_1 (BLORC eq. (3.1)): of patches, and of whole images.

On patches its proximal operator is a denoiser, solved by `ops.analysis`. On images every patch
counts and the sum is divided by how many patches cover an inner pixel; the absolute value is
rounded off near 0 (Huber), so that gradient methods can use it with any operator.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from sparsight.bank import Bank
from sparsight.ops import apply_closed_form, approach_analysis, extract_patches, solve_analysis
from sparsight.protocols import State

# Greatest distance of a patch from its minimiser, as a share of the observed patch's norm.
TOLERANCE = 0.05
STEPS = 300


@dataclass(frozen=True)
class AnalysisPenalty:
    """psi(z) = strength times the sum over patches of ||W z_j||_1.

    Args:
        analysis: W.
        strength: positive; one number, or one per image, (b, 1, 1).
        tolerance: 0 solves exactly, which gradients by W need; else how near the prox comes,
            as a share of the patch's norm.
    """

    analysis: Float[Tensor, "k m"]
    strength: Float[Tensor, "#b 1 1"] | float = 1.0
    tolerance: float = 0.0

    def value(self, z: Float[Tensor, "b m n"]) -> Float[Tensor, " b"]:
        """psi(z), one number per image."""
        return (self.strength * (self.analysis @ z).abs()).sum((1, 2))

    def prox(self, z: Float[Tensor, "b m n"], t: float) -> Float[Tensor, "b m n"]:
        """Every patch denoised: s x*(z / s; W) is the minimiser for s W, s = t * strength."""
        scale = t * self.strength
        patches = (z / scale).mT.flatten(0, 1)
        # Factors of W are not for 16 bits.
        with torch.autocast(z.device.type, enabled=False):
            if self.tolerance:
                x = approach_analysis(patches, self.analysis, self.tolerance, STEPS)
            else:
                found = solve_analysis(patches.detach(), self.analysis.detach())
                x = apply_closed_form(patches, self.analysis, found.signs)
        return scale * x.unflatten(0, (len(z), -1)).mT


class AnalysisPrior(nn.Module):
    """A learned W whose strength follows the noise level.

    Args:
        analysis: W.
        strength: bank of one factor of W per level, (levels, 1).
    """

    def __init__(self, analysis: Float[Tensor, "k m"], strength: Bank):
        super().__init__()
        self.analysis = nn.Parameter(analysis)
        self.strength = strength

    def forward(self, state: State) -> AnalysisPenalty:
        """The penalty in force; exact where gradients are wanted."""
        strength = state.at_noise(self.strength).clamp(min=1e-6)[..., None]
        asked = any(tensor.requires_grad for tensor in (state.z, self.analysis, strength))
        tolerance = 0.0 if asked and torch.is_grad_enabled() else TOLERANCE
        return AnalysisPenalty(self.analysis, strength, tolerance)


@dataclass(frozen=True)
class AnalysisRegulariser:
    """R(x) = strength / side^2 times the sum over all patches of h(W (patch - its mean)).

    h(u) = |u| - alpha / 2 from alpha on and u^2 / (2 alpha) below it.

    Args:
        analysis: W, learned for square patches of one channel.
        alpha: where the absolute value is rounded off, in the units of W x.
        strength: factor of W.
    """

    analysis: Float[Tensor, "k m"]
    alpha: float = 1e-3
    strength: float = 1.0

    def value(self, x: Float[Tensor, "b 1 h w"]) -> Float[Tensor, " b"]:
        """R(x), one number per image."""
        size = self._responses(x).abs()
        near, far = size.square() / (2 * self.alpha), size - self.alpha / 2
        total = torch.where(size < self.alpha, near, far).sum((1, 2))
        return self.strength / self.analysis.shape[1] * total

    def gradient(self, x: Float[Tensor, "b 1 h w"]) -> Float[Tensor, "b 1 h w"]:
        """Of each image's R by its pixels."""
        slope = (self._responses(x) / self.alpha).clamp(-1, 1)
        patches = self._centred.T @ slope
        total = F.fold(patches, x.shape[-2:], self._side)
        return self.strength / self.analysis.shape[1] * total

    def curvature(self) -> float:
        """A bound on how fast the gradient changes: ||W||^2 strength / alpha.

        An inner pixel lies in side^2 patches, which the division by side^2 undoes.
        """
        norm = torch.linalg.matrix_norm(self._centred, 2).item()
        return self.strength * norm**2 / self.alpha

    @property
    def _side(self) -> int:
        return round(self.analysis.shape[1] ** 0.5)

    @property
    def _centred(self) -> Tensor:
        """W after taking the mean away."""
        return self.analysis - self.analysis.mean(1, keepdim=True)

    def _responses(self, x: Tensor) -> Tensor:
        return self._centred @ extract_patches(x, self._side)
