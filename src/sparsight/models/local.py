"""Restoration with a patch critic: the penalty made fit for whole images, its strength chosen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import torch
from jaxtyping import Float
from torch import Tensor, nn

from sparsight.models.boundary import check_images, levels_of
from sparsight.models.strengths import Strengths, strengths_of
from sparsight.models.variational import Variational
from sparsight.operators import Identity
from sparsight.penalties import CriticPenalty, GrownCritic, Mirrored, Scores, growth_of
from sparsight.protocols import Operator
from sparsight.solvers.minimise import NonmonotoneAccelerated, Optimiser

# Of the noise level: moves of a 250th of it are seen by nobody.
TOLERANCE = 0.004


@dataclass(frozen=True)
class LocalRegularizer:
    """Poses problems for images of any size and any degradation (ALR eq. (4)).

    Args:
        critic: trained.
        strengths: by noise level; None where each problem is given its own.
        optimiser: the paper has Adam, which needs more steps.
    """

    critic: Scores
    strengths: Strengths | None = None
    optimiser: Optimiser = field(default_factory=NonmonotoneAccelerated)

    @classmethod
    def of_record(cls, critic: Scores, record: Mapping[str, Any]) -> Self:
        """With the growth and the strengths that were chosen for the critic, where there are any.

        Args:
            critic: trained.
            record: of its weights.
        """
        growth = growth_of(record)
        scores = critic if growth is None else GrownCritic(critic, growth)
        return cls(scores, strengths_of(record))

    @property
    def penalty(self) -> Mirrored:
        """R, with every pixel in as many patches as any other."""
        return Mirrored(CriticPenalty(self.critic), self.critic.field // 2)

    def denoise(self, y: Tensor, sigma: Tensor | float) -> Float[Tensor, "b c h w"]:
        """Images without their noise, not clipped, in the precision of y.

        Args:
            y: noisy, in [0, 1] units, (b, c, h, w).
            sigma: noise level in [0, 1] units, above 0: one number, or one per image.

        Raises:
            ValueError: y is no batch of images or not finite, or sigma is none of these.
        """
        check_images(y)
        noisy, size = y.to(_precision(self.critic, y)), (y.shape[2], y.shape[3])
        levels = levels_of(sigma, len(y), noisy).tolist()
        if not min(levels) > 0:
            raise ValueError(f"sigma is {sigma}; the noise level must be above 0")
        restored = [
            self.problem(Identity(), size, level)(image[None], level).x
            for image, level in zip(noisy, levels, strict=True)
        ]
        return torch.cat(restored).to(y.dtype)

    def problem(
        self,
        operator: Operator,
        size: tuple[int, int],
        sigma: float,
        strength: float | None = None,
        most: int = 100,
    ) -> Variational:
        """What is to be solved.

        Args:
            operator: the degradation.
            size: height and width of the image that is sought.
            sigma: noise level in [0, 1] units, above 0.
            strength: lambda per pixel; None for that of the table.
            most: steps.

        Raises:
            ValueError: neither a strength nor a table.
        """
        if strength is None:
            if self.strengths is None:
                raise ValueError("strength is None, and there is no table; give one of both")
            strength = self.strengths.at(sigma)
        whole, small = strength * size[0] * size[1], TOLERANCE * sigma
        return Variational(operator, self.penalty, whole, self.optimiser, small, most)


def _precision(critic: Scores, y: Tensor) -> torch.dtype:
    """What a critic computes in; one without numbers of its own takes images as they are."""
    inner = critic.critic if isinstance(critic, GrownCritic) else critic
    return next(inner.parameters()).dtype if isinstance(inner, nn.Module) else y.dtype
