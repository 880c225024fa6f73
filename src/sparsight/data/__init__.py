"""Image folders, crops and degradations for training and benchmarks."""

from sparsight.data.crops import AddNoise, NoisyCrops
from sparsight.data.folder import (
    benchmark_paths,
    channels_of,
    digest_of,
    image_paths,
    is_transparent,
    read_grey,
    read_image,
    training_paths,
)
from sparsight.data.gaps import GappyCrops, Gaps, Holes, any_mosaic
from sparsight.data.jpeg import JpegCrops, check_quality, compress, read_luma
from sparsight.data.patches import UnpairedPatches
from sparsight.data.reduced import ReducedCrops, fit_scale, reduce_image, reduced_crops
from sparsight.data.scans import UndersampledScans, mask_paths, read_mask, read_masks, undersample

# What training draws from: a function of the step.
Source = NoisyCrops | GappyCrops | JpegCrops | ReducedCrops | UndersampledScans

__all__ = [
    "AddNoise",
    "GappyCrops",
    "Gaps",
    "Holes",
    "JpegCrops",
    "NoisyCrops",
    "ReducedCrops",
    "Source",
    "UndersampledScans",
    "UnpairedPatches",
    "any_mosaic",
    "benchmark_paths",
    "channels_of",
    "check_quality",
    "compress",
    "digest_of",
    "fit_scale",
    "image_paths",
    "is_transparent",
    "mask_paths",
    "read_grey",
    "read_image",
    "read_luma",
    "read_mask",
    "read_masks",
    "reduce_image",
    "reduced_crops",
    "training_paths",
    "undersample",
]
