"""Training losses: squares weighed by a pixel's number of estimates, and absolute errors."""

from jaxtyping import Float
from torch import Tensor, nn

from sparsight.models import Unrolled
from sparsight.ops import count_patches


def training_loss(
    model: nn.Module,
    x: Float[Tensor, "b c h w"],
    clean: Float[Tensor, "b c h w"],
    balance: Float[Tensor, " b"],
) -> Float[Tensor, ""]:
    """What a model is trained by: squares for unrolled ones, absolute errors for networks.

    Args:
        model: in training.
        x: what it restored.
        clean: what it should be.
        balance: a factor per image.
    """
    if isinstance(model, Unrolled):
        return counted_square_loss(x, clean, model.fidelity.side, balance)
    return ((x - clean).abs().mean((1, 2, 3)) * balance).mean()


def counted_square_loss(
    x: Float[Tensor, "b c h w"],
    clean: Float[Tensor, "b c h w"],
    side: int,
    balance: Float[Tensor, " b"] | None = None,
) -> Float[Tensor, ""]:
    """Sum of squared errors over pixels, mean over images (GroupSC 3.6, (ii)).

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
