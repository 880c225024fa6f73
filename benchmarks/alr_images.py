"""Images and critics that the parts of benchmarks/alr.py have in common."""

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file

from sparsight.data import image_paths, read_image
from sparsight.models import LocalRegularizer, Strengths
from sparsight.recipes.alr import published
from sparsight.zoo import load_critic

WEIGHTS = Path(__file__).parent / "weights" / "alr"


@dataclass(frozen=True)
class Test:
    """A clean test image.

    Args:
        name: of its file.
        place: in the sorted folder; its noise is drawn from this.
        clean: in [0, 1] units.
    """

    name: str
    place: int
    clean: torch.Tensor


def cbsd68(data: Path, every: int) -> list[Test]:
    """Every so many images of CBSD68, whole."""
    return _read(data / "CBSD68", 3, every)


def bsd68(data: Path, every: int) -> list[Test]:
    """Every so many images of BSD68, whole."""
    return _read(data / "BSD68", 1, every)


def _read(folder: Path, channels: int, every: int) -> list[Test]:
    paths = image_paths(folder)
    places = range(0, len(paths), every)
    return [Test(paths[k].stem, k, read_image(paths[k], channels).float() / 255) for k in places]


def middle(test: Test, side: int) -> Test:
    """The middle square of an image."""
    top, left = ((length - side) // 2 for length in test.clean.shape[1:])
    return Test(test.name, test.place, test.clean[:, top : top + side, left : left + side])


def shipped(name: str = "alr-color") -> LocalRegularizer:
    """A critic of the zoo, or of a file, with its table."""
    return LocalRegularizer.of_record(*load_critic(name))


def released(golden: Path, strengths: Strengths | None = None) -> LocalRegularizer:
    """The critic that was published with the paper."""
    weights = load_file(golden / "alr_critic_weights.safetensors")
    return LocalRegularizer(published(weights).requires_grad_(False), strengths)


def gaussian(side: int, sigma: float) -> torch.Tensor:
    """A Gaussian kernel that sums to 1."""
    line = torch.exp(-((torch.arange(side) - side // 2) ** 2) / (2 * sigma**2))
    return torch.outer(line, line) / line.sum() ** 2
