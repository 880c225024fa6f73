"""sum_i s_i ||w_i * x||_1: the analysis penalty of whole images, W a bank of filters.

No patches, so nothing is averaged: the proximal operator is x* of BLORC eq. (3.1) for the image.
At their borders images go on at the other side.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from sparsight.bank import Bank
from sparsight.ops import Accuracy, analyse, apply_convolved_form, solve_convolved
from sparsight.protocols import State

STEPS = 200
# Strengths are kept so many times as large: one learning rate serves them and the filters.
UNIT = 0.01
# Shares of the norm of y - x: how near a minimiser is looked for.
TO_LOOK_AT, TO_LEARN_FROM = 0.05, 0.005
# Of projections: the last per cent of a gradient would cost more steps than it saves.
ROUGH = Accuracy(0.1, 20)


@dataclass(frozen=True)
class ConvolvedAnalysisPenalty:
    """psi(z) = sum over filters of s_i ||w_i * z||_1.

    Args:
        filters: w.
        strength: s, not negative; one per filter, and perhaps per image.
        size: height and width of the image that codes are the pixels of.
        tolerance: how near the prox comes to the minimiser, as a share of what it takes away.
        accuracy: of the gradients' projections; None for a prox without gradients, which is a
            little nearer to y.
    """

    filters: Float[Tensor, "k 1 s s"]
    strength: Float[Tensor, "#b k 1 1"]
    size: tuple[int, int]
    tolerance: float = TO_LOOK_AT
    accuracy: Accuracy | None = None

    def value(self, z: Float[Tensor, "b 1 n"]) -> Float[Tensor, " b"]:
        """psi(z), one number per image."""
        responses = analyse(z.unflatten(2, self.size), self.filters)
        return (self.strength * responses.abs()).sum((1, 2, 3))

    def prox(self, z: Float[Tensor, "b 1 n"], t: float) -> Float[Tensor, "b 1 n"]:
        """The minimiser u of 1/2 ||u - z||^2 + t psi(u)."""
        y, strength = z.unflatten(2, self.size), t * self.strength
        # Signs are not for 16 bits.
        with torch.autocast(z.device.type, enabled=False):
            found = solve_convolved(
                y.detach(), self.filters.detach(), strength.detach(), self.tolerance, STEPS
            )
            x = found.x
            if self.accuracy is not None:
                x = apply_convolved_form(y, self.filters, strength, found, self.accuracy)
        return x.flatten(2)


class ConvolvedAnalysisPrior(nn.Module):
    """Learned filters whose strengths follow the noise level.

    Args:
        filters: w to start from.
        strength: bank of one number per filter and level, (levels, k), in hundredths; negative
            ones count as 0.
    """

    # Every pixel of the minimiser depends on every other; on those further away hardly.
    reach = 16

    def __init__(self, filters: Float[Tensor, "k 1 s s"], strength: Bank):
        super().__init__()
        self.filters = nn.Parameter(filters)
        self.strength = strength

    def forward(self, state: State) -> ConvolvedAnalysisPenalty:
        """The penalty in force; nearer to the minimiser where gradients are wanted."""
        strength = UNIT * state.at_noise(self.strength).relu()[..., None, None]
        asked = any(tensor.requires_grad for tensor in (state.z, self.filters, strength))
        if asked and torch.is_grad_enabled():
            tolerance, accuracy = TO_LEARN_FROM, ROUGH
        else:
            tolerance, accuracy = TO_LOOK_AT, None
        return ConvolvedAnalysisPenalty(
            self.filters, strength, state.data.size, tolerance, accuracy
        )
