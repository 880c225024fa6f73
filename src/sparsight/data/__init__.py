"""Image folders, crops and degradations for training and benchmarks."""

from sparsight.data.crops import NoisyCrops
from sparsight.data.folder import image_paths, read_image
from sparsight.data.patches import UnpairedPatches

__all__ = ["NoisyCrops", "UnpairedPatches", "image_paths", "read_image"]
