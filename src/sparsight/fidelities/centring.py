"""Taking the mean out of patches (GroupSC eq. (5)), some of whose samples may be missing.

The paper does not say what the mean of a patch with unobserved samples is.
"""

from collections.abc import Callable

from jaxtyping import Float
from torch import Tensor

Centring = Callable[[Tensor, Tensor | None], tuple[Tensor, Tensor]]


def centre_observed(
    patches: Float[Tensor, "b m n"], observed: Float[Tensor, "#b m n"] | None
) -> tuple[Float[Tensor, "b m n"], Float[Tensor, "b 1 n"]]:
    """The mean of what was observed, 0 where nothing was; unobserved samples are then 0.

    Args:
        patches: unobserved samples are 0.
        observed: 1 where a sample was observed; None when all were.

    Returns:
        Centred patches, and the means.
    """
    if observed is None:
        return centre_all(patches, None)
    count = observed.sum(1, keepdim=True).clamp(min=1)
    mean = patches.sum(1, keepdim=True) / count
    return observed * (patches - mean), mean


def centre_all(
    patches: Float[Tensor, "b m n"], observed: Float[Tensor, "#b m n"] | None
) -> tuple[Float[Tensor, "b m n"], Float[Tensor, "b 1 n"]]:
    """The mean of all samples, unobserved ones counted as zeros: the authors' program.

    Args:
        patches: unobserved samples are 0.
        observed: not looked at.

    Returns:
        Centred patches, and the means.
    """
    mean = patches.mean(1, keepdim=True)
    return patches - mean, mean
