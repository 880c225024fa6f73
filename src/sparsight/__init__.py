"""sparsight: image restoration with sparse-coding priors that people can read.

model = sparsight.load("groupsc-gray-any")
x = model(y, sigma=25 / 255)
"""

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sparsight.models import Denoiser, Tiled

__version__ = "0.1.0"
__all__ = ["load"]


def load(name: str | os.PathLike[str], quality: str = "balanced") -> "Denoiser | Tiled":
    """A trained model by its name in the zoo, or from a file of weights.

    Args:
        name: e.g. "groupsc-gray-any", or a path that ends in .safetensors.
        quality: "best", "exact", "balanced" or "fast"; README.md has what each costs and gives.

    Returns:
        A module: model(y, sigma) with y (b, c, h, w) in [0, 1], of any size, and sigma in [0, 1]
        units. It keeps no gradients; the bare model, `sparsight.zoo.read_weights(name)[0]`, does
        and can be trained, unless it is made of several, as "groupsc-gray-any" is.

    Raises:
        ValueError: there is no such model or quality.
    """
    from sparsight.zoo import load_denoiser

    return load_denoiser(name, quality)
