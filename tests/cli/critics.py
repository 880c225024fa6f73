"""Makes a critic whose answers are known, and pictures for it."""

from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from sparsight.recipes import bind
from sparsight.zoo import save_weights

NUMBERS = ("depth=2", "width=4")


def save_tv(folder: Path, record: dict) -> Path:
    """A critic that is total variation: |differences| to the right and below."""
    recipe = bind("alr-gray", NUMBERS)
    critic = recipe.model()
    with torch.no_grad():
        for parameter in critic.parameters():
            parameter.zero_()
        edges, last = (convolution.weight for convolution in critic.convolutions)
        edges[:, 0, 1, 1] = torch.tensor([1.0, -1, 1, -1])
        edges[:2, 0, 1, 2] = torch.tensor([-1.0, 1])
        edges[2:, 0, 2, 1] = torch.tensor([-1.0, 1])
        last[:, :, 1, 1] = 1
    path = folder / "tv.safetensors"
    save_weights(critic, {"recipe": "alr-gray", "arguments": recipe.arguments(), **record}, path)
    return path


def save(path: Path, image: Tensor) -> Path:
    """Writes a grey picture, (1, h, w) in [0, 1]."""
    grey = (255 * image.clamp(0, 1)).round().to(torch.uint8)[0].numpy()
    Image.fromarray(grey).save(path)
    return path


def noisy(image: Tensor, sigma: float) -> Tensor:
    return image + sigma * torch.randn(image.shape, generator=torch.Generator().manual_seed(0))
