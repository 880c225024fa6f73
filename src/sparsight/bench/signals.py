"""Denoising of generated signals: PSNR over piecewise-constant ones (BLORC section 5.1)."""

from collections.abc import Callable
from functools import cache

from jaxtyping import Float
from torch import Tensor

from sparsight.data.signals import differences_matrix
from sparsight.ops import solve_analysis
from sparsight.training.signals import generated_pairs

Restore = Callable[[Tensor], Tensor]
COUNT, SEED = 1000, 1
# For strengths: signals that nothing is measured on.
CHOSEN_ON, CHOSEN_BY = 400, 0
STRENGTHS = (0.06, 0.08, 0.1, 0.12, 0.14, 0.16, 0.2, 0.25)
LENGTH, SIGMA = 64, 0.1


def as_it_is(y: Float[Tensor, "t n"]) -> Float[Tensor, "t n"]:
    """What any model has to better: the noisy signals."""
    return y


def by_differences(y: Float[Tensor, "t n"]) -> Float[Tensor, "t n"]:
    """Total variation, at the strength that is best on signals of another seed."""
    return solve_analysis(y, _best_strength() * differences_matrix(LENGTH)).x


def bench_signals(
    restore: Restore, sigma: float, progress: Callable[[], None] = lambda: None
) -> dict[str, float]:
    """Denoises generated signals and compares.

    Args:
        restore: noisy signals of 64 samples -> restored ones.
        sigma: noise level; signals have peak 1.
        progress: called once.

    Returns:
        `psnr`, the mean over signals, and `images`, how many there were.
    """
    pairs = generated_pairs(COUNT, sigma, SEED, LENGTH, grounded=False)
    quality = _quality(restore(pairs.noisy), pairs.clean)
    progress()
    return {"psnr": quality, "images": float(COUNT)}


@cache
def _best_strength() -> float:
    pairs = generated_pairs(CHOSEN_ON, SIGMA, CHOSEN_BY, LENGTH, grounded=False)
    analysis = differences_matrix(LENGTH)
    scores = {
        strength: _quality(solve_analysis(pairs.noisy, strength * analysis).x, pairs.clean)
        for strength in STRENGTHS
    }
    return max(scores, key=lambda strength: scores[strength])


def _quality(x: Tensor, clean: Tensor) -> float:
    return (-10 * (x - clean).square().mean(1).log10()).mean().item()
