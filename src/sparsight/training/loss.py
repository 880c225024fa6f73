"""Training losses: squares weighed by a pixel's number of estimates, and absolute errors."""

from jaxtyping import Float
from torch import Tensor, nn

from sparsight.models import Unrolled
from sparsight.ops import count_patches

# The mean square error, 40 dB, at which `evenness` leaves a crop's weight alone.
USUAL = 1e-4


def training_loss(
    model: nn.Module,
    x: Float[Tensor, "b c h w"],
    clean: Float[Tensor, "b c h w"],
    balance: Float[Tensor, " b"],
    evenness: float = 0.0,
) -> Float[Tensor, ""]:
    """What a model is trained by: squares for unrolled ones, absolute errors for networks.

    Args:
        model: in training.
        x: what it restored.
        clean: what it should be.
        balance: a factor per image.
        evenness: of the squares, see `Schedule`.
    """
    if isinstance(model, Unrolled):
        return counted_square_loss(x, clean, model.fidelity.side, balance, evenness)
    return ((x - clean).abs().mean((1, 2, 3)) * balance).mean()


def counted_square_loss(
    x: Float[Tensor, "b c h w"],
    clean: Float[Tensor, "b c h w"],
    side: int,
    balance: Float[Tensor, " b"] | None = None,
    evenness: float = 0.0,
) -> Float[Tensor, ""]:
    """Sum of squared errors over pixels, mean over images (GroupSC 3.6, (ii)).

    A pixel's error counts by the number of patches that cover it over the greatest such
    number, inside the square: border pixels, with few estimates, count less.

    Args:
        x: restored.
        clean: what it should be.
        side: patch side.
        balance: a factor per image, to even out noise levels; None for ones.
        evenness: images weigh by their mean square error to the power of minus this: PSNR is a
            mean of logarithms, in which an easy image counts as much as a hard one.
    """
    count = count_patches(x.shape[2], x.shape[3], side, x)
    error = ((x - clean) * (count / count.max())).square().sum((1, 2, 3))
    if evenness:
        share = error.detach() / clean[0].numel() / USUAL
        error = error * share.clamp(min=1e-3) ** -evenness
    return (error if balance is None else error * balance).mean()
