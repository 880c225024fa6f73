"""Noise fainter than a model knows: what it changes counts as far as it can be noise.

A model that was trained for noise of sigma_0 and more errs by some amount however faint the noise
is. Where the noise is fainter, that error is larger than the noise, and the image is better left
alone. How large a change is can be seen: its mean square m over the pixels about one. Noise alone
would make it at most sigma^2 (Morozov's discrepancy principle), so a change counts

    min(1, 1 / (m (1 / sigma^2 - 1 / sigma_0^2)))^2

which is 1 from sigma_0 up, and leaves the image as it is where there is no noise. The square was
chosen on training images.
"""

from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

# Pixels to each side over which a change is measured.
REACH = 8

Strips = Iterator[tuple[int, Float[Tensor, "b c _ w"]]]


def within_noise(
    strips: Strips,
    read: Callable[[int, int], Float[Tensor, "b c _ w"]],
    height: int,
    sigma: Float[Tensor, " b"] | None,
    lowest: float,
) -> Strips:
    """Strips whose changes count as far as they can be noise.

    Args:
        strips: restored rows, each with the number of the first, from top to bottom.
        read: (top, bottom) -> rows of the noisy images; gaps, which are NaN, stay as restored.
        height: of the images.
        sigma: noise level of each image in [0, 1] units; None if the model knows but one.
        lowest: noise level from which all that the model changes counts.

    Yields:
        The same rows, in strips that end some pixels earlier.
    """
    if sigma is None or not any(is_fainter(level, lowest) for level in sigma.tolist()):
        yield from strips
        return
    allowed = _allowed(sigma, lowest)
    noisy = change = None
    first, done = 0, 0  # rows from `first` on are held, those before `done` have left
    for top, rows in strips:
        bottom = top + rows.shape[2]
        given = read(top, bottom)
        given = torch.where(given.isnan(), rows, given)
        noisy, change = _below(noisy, given), _below(change, rows - given)
        ready = bottom if bottom == height else bottom - REACH
        if ready <= done:
            continue
        out = noisy + change * share_of(change, allowed)
        yield done, out[:, :, done - first : ready - first]
        gone = max(0, ready - REACH - first)
        noisy, change = noisy[:, :, gone:], change[:, :, gone:]
        first, done = first + gone, ready


def is_fainter(sigma: float, lowest: float) -> bool:
    """Whether a noise level lies below the lowest, however single and double precision write it."""
    return sigma < lowest * (1 - 1e-5)


def share_of(
    change: Float[Tensor, "b c h w"], allowed: Float[Tensor, "b 1 1 1"]
) -> Float[Tensor, "b 1 h w"]:
    """What counts of a change, 0 to 1, at each pixel.

    Args:
        change: what a model did to images.
        allowed: the mean square up to which all of it counts.
    """
    size = _mean_about(change.float().square().mean(1, keepdim=True))
    share = allowed.float() / size.clamp(min=torch.finfo(size.dtype).tiny)
    return share.clamp(max=1).square().to(change)


def _allowed(sigma: Tensor, lowest: float) -> Float[Tensor, "b 1 1 1"]:
    beyond = (sigma.float() ** -2 - lowest**-2).clamp(min=0)
    return (1 / beyond)[:, None, None, None]


def _below(above: Tensor | None, rows: Tensor) -> Tensor:
    return rows if above is None else torch.cat([above, rows], 2)


def _mean_about(values: Float[Tensor, "b 1 h w"]) -> Float[Tensor, "b 1 h w"]:
    """The mean over a square about each pixel, as far as it lies in the image."""
    for axis in (2, 3):
        side, margin = [1, 1], [0, 0]
        side[axis - 2], margin[axis - 2] = 2 * REACH + 1, REACH
        values = F.avg_pool2d(values, side, 1, margin, count_include_pad=False)
    return values
