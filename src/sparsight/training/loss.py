"""The training loss: squares weighed by how many estimates a pixel has (GroupSC 3.6, (ii))."""

from jaxtyping import Float
from torch import Tensor

from sparsight.ops import count_patches


def counted_square_loss(
    x: Float[Tensor, "b c h w"],
    clean: Float[Tensor, "b c h w"],
    side: int,
    balance: Float[Tensor, " b"] | None = None,
) -> Float[Tensor, ""]:
    """Sum of squared errors over pixels, mean over images.

    A pixel's error counts by the number of patches that cover it over the greatest such
    number, inside the square: border pixels, with few estimates, count less.

    Args:
        x: restored.
        clean: what it should be.
        side: patch side.
        balance: a factor per image, to even out noise levels; None for ones.
    """
    count = count_patches(x.shape[2], x.shape[3], side, x)
    error = ((x - clean) * (count / count.max())).square().sum((1, 2, 3))
    return (error if balance is None else error * balance).mean()
