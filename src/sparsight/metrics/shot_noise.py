"""How noisy an image of photons is, told by itself: its noise grows with its brightness.

The variance of such noise is a line over the mean (Foi, Trimeche, Katkovnik and Egiazarian,
"Practical Poissonian-Gaussian noise modeling and fitting for single-image raw-data", IEEE
Transactions on Image Processing 17, 2008). Patches are parted by their means; in each part the
variance is told by patches that differ no more than noise, as in `metrics.noise`, and the line
goes through these.
"""

import math
import statistics
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from sparsight.metrics.noise import (
    FEWEST,
    estimate_sigma,
    least_deviation,
    reached,
    roughest_of_noise,
    roughness_of,
)
from sparsight.ops import anscombe, extract_patches

SIDE, AXES = 7, 6
MOST = 2**17  # patches that are looked at
PARTS, LEAST = 8, 1500  # at most so many parts, of at least so many patches
FEW = 3  # parts, of which too little would be learned
ROUNDS = 10
REWEIGHTINGS = 30
MANY = 5.0  # photons from which on the transformation makes their noise 1


def estimate_shot_noise(crops: Sequence[Float[Tensor, "1 _ _"]]) -> tuple[float, float]:
    """The line of variance over mean, in one channel.

    Args:
        crops: of the image, of any sizes from 9 x 9 up.

    Returns:
        Slope, and variance at 0, in the units of the image and their square. A slope of 0 where
        the noise does not grow, or where there are too few pixels to say.
    """
    stride = math.ceil(math.sqrt(sum(crop.numel() for crop in crops) / MOST))
    patches, roughness = [], []
    for crop in crops:
        crop = crop.double()
        patches.append(extract_patches(crop[None], SIDE, (stride, stride))[0])
        roughness.append(roughness_of(crop, SIDE)[::stride, ::stride].flatten())
    values, rough = _measured(torch.cat(patches, 1), torch.cat(roughness))
    order = values.mean(0).argsort()
    parts = order.tensor_split(max(1, min(PARTS, len(order) // LEAST)))
    if len(parts) < FEW:
        return 0.0, statistics.median(estimate_sigma(crop) for crop in crops) ** 2
    points = torch.stack([_point(values[:, part], rough[part]) for part in parts])
    slope, start = _line(points[:, 0], points[:, 1])
    if slope == 0 or points[:, 0].median() / slope + start / slope**2 < MANY:
        return slope, start
    # How high the line lies is told better by all patches together, once their noise is alike.
    found = statistics.median(_noise_left(crop, slope, start) for crop in crops)
    return slope * found**2, start * found**2


def _measured(
    patches: Float[Tensor, "m n"], roughness: Float[Tensor, " n"]
) -> tuple[Float[Tensor, "m k"], Float[Tensor, " k"]]:
    """Those of which noise tells, if there are some.

    Not those with a pixel as bright as any, where it is cut off, nor those of one value, as borders
    have that were put about an image.
    """
    brightest = patches.amax(0)
    told = (brightest < brightest.max()) & (roughness > 0)
    return (patches[:, told], roughness[told]) if told.sum() >= LEAST else (patches, roughness)


def _noise_left(crop: Float[Tensor, "1 h w"], slope: float, start: float) -> float:
    """The noise of a crop after a transformation that would make it 1."""
    gain, variance = (torch.tensor([[[v]]], dtype=torch.float64) for v in (slope, start))
    return estimate_sigma(anscombe(crop.double(), gain, variance))


def _point(patches: Float[Tensor, "m n"], roughness: Float[Tensor, " n"]) -> Float[Tensor, " 2"]:
    """Mean and variance of the patches that differ no more than noise."""
    most = roughest_of_noise(SIDE)
    told, sigma = patches, _deviation(patches)
    for _ in range(ROUNDS):
        fewer = roughness < most * sigma.square()
        if fewer.sum() < FEWEST:
            break
        told, before = patches[:, fewer], sigma
        sigma = _deviation(told)
        if torch.isclose(before, sigma, rtol=1e-3):
            break
    return torch.stack([told.mean(), (sigma / reached(told.shape[1])).square()])


def _deviation(patches: Float[Tensor, "m n"]) -> Tensor:
    """That of the noise, but for the axis of means, by which patches were parted."""
    return least_deviation(patches - patches.mean(0), AXES, skipped=1)


def _line(means: Float[Tensor, " k"], variances: Float[Tensor, " k"]) -> tuple[float, float]:
    """The line of least relative deviations, by least squares weighted anew."""
    scale = means.abs().max().clamp(min=1e-12)
    design = torch.stack([means / scale, torch.ones_like(means)], 1)
    fitted, tiny = variances.clone(), 1e-6 * variances.mean().clamp(min=1e-30)
    line = torch.zeros(2, dtype=means.dtype)
    for _ in range(REWEIGHTINGS):
        relative = fitted.clamp(min=tiny)
        miss = ((variances - design @ line) / relative).abs().clamp(min=1e-3)
        weight = 1 / (relative * miss.sqrt())
        line = torch.linalg.lstsq(weight[:, None] * design, weight[:, None] * variances[:, None])
        line = line.solution[:, 0]
        fitted = design @ line
    if line[0] <= 0:
        return 0.0, float(variances.median())
    return float(line[0] / scale), float(line[1])
