"""Image folders, crops and degradations for training and benchmarks."""

from sparsight.data.crops import NoisyCrops
from sparsight.data.folder import image_paths, read_image

__all__ = ["NoisyCrops", "image_paths", "read_image"]
