"""Image folders, crops and degradations for training and benchmarks."""

from sparsight.data.crops import AddNoise, NoisyCrops
from sparsight.data.folder import image_paths, read_image
from sparsight.data.patches import UnpairedPatches
from sparsight.data.scans import UndersampledScans, read_mask, read_masks, undersample

__all__ = [
    "AddNoise",
    "NoisyCrops",
    "UndersampledScans",
    "UnpairedPatches",
    "image_paths",
    "read_image",
    "read_mask",
    "read_masks",
    "undersample",
]
