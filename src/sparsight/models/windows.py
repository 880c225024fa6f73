"""Signals of any length through a model of a fixed one: windows, denoised and averaged."""

import torch
from jaxtyping import Float
from torch import Tensor

from sparsight.models.analysis_denoiser import AnalysisDenoiser

# Windows are solved so many at a time: what they need then stays in the cache.
CHUNK = 2048


@torch.no_grad()
def denoise_windows(
    model: AnalysisDenoiser, y: Float[Tensor, "t l"], strength: float = 1.0, stride: int = 8
) -> Float[Tensor, "t l"]:
    """Denoises long signals; every sample is the mean of the windows that cover it.

    Args:
        model: of windows.
        y: signals, at least a window long.
        strength: factor of W; 1 denoises as learned, 2 as is right for twice as much noise in
            twice as large signals.
        stride: samples from one window to the next.

    Raises:
        ValueError: the signals are shorter than a window, the strength is not positive, or
            windows so far apart leave samples out.
    """
    length = model.analysis.shape[1]
    if y.shape[1] < length:
        raise ValueError(
            f"the signals have {y.shape[1]} samples; this model needs at least {length}"
        )
    if not 0 < strength < float("inf"):
        raise ValueError(f"strength is {strength:g}; give a number above 0")
    if not 1 <= stride <= length:
        raise ValueError(f"stride is {stride}; give 1 to {length} samples, the length of a window")
    last = y.shape[1] - length
    starts = torch.tensor([*range(0, last, stride), last], device=y.device)
    place = starts[:, None] + torch.arange(length, device=y.device)
    windows = (y[:, place] / strength).flatten(0, 1)
    x = torch.cat([model(part) for part in windows.split(CHUNK)]) * strength
    x = x.unflatten(0, (len(y), -1)).flatten(1)
    total = torch.zeros_like(y).index_add_(1, place.flatten(), x)
    return total / torch.bincount(place.flatten(), minlength=y.shape[1])
