"""Undersampled k-space of clean images, a fixed function of the seed and the number of the step.

What the MRI experiments of Games measure: a magnitude image stands for the scan, and masks keep
some of its frequencies, without noise. Zero frequency stands at [0, 0].
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import torch
from jaxtyping import Complex, Float, UInt8
from torch import Tensor


@dataclass(frozen=True)
class UndersampledScans:
    """Whole images, flipped and turned at random, each seen through one of the masks in turn.

    Args:
        images: 8-bit grey images of the size of the masks.
        masks: 1 where a frequency is observed, 0 elsewhere.
        batch: images per step.
        seed: of all draws.
    """

    images: Sequence[UInt8[Tensor, "1 _ _"]]
    masks: Sequence[Float[Tensor, "1 h w"]]
    batch: int
    seed: int = 0

    def __post_init__(self):
        """Refuses images that do not fit the masks, and images that would not when turned."""
        sizes = {tuple(mask.shape[1:]) for mask in self.masks}
        sizes |= {tuple(image.shape[1:]) for image in self.images}
        height, width = min(sizes)
        if len(sizes) > 1 or height != width:
            known = ", ".join(f"{h}x{w}" for h, w in sorted(sizes))
            raise ValueError(f"images and masks are {known}; they must be square and alike")

    def draw(
        self, step: int
    ) -> tuple[Float[Tensor, "b 1 h w"], Complex[Tensor, "b 1 h w"], Float[Tensor, " b"]]:
        """Clean images in [0, 1], their observed frequencies, and the masks' rates."""
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + step)
        pairs = [self._pair(step * self.batch + i, generator) for i in range(self.batch)]
        clean, y, rate = (torch.stack(parts) for parts in zip(*pairs, strict=True))
        return clean, y, rate

    def __call__(
        self, clean: Float[Tensor, "1 h w"], number: int
    ) -> tuple[Complex[Tensor, "1 h w"], Float[Tensor, ""]]:
        """The observed frequencies of an image by the mask of this number, and its rate."""
        return undersample(clean, self.masks[number % len(self.masks)])

    def _pair(self, number: int, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        image = self.images[int(torch.randint(len(self.images), (), generator=generator))]
        turns = int(torch.randint(4, (), generator=generator))
        image = torch.rot90(image, turns, (1, 2))
        clean = (image.flip(2) if torch.rand((), generator=generator) < 0.5 else image) / 255
        return clean, *self(clean, number)


def undersample(
    clean: Float[Tensor, "1 h w"], mask: Float[Tensor, "1 h w"]
) -> tuple[Complex[Tensor, "1 h w"], Float[Tensor, ""]]:
    """The observed frequencies of an image, and their share of all.

    Args:
        clean: in [0, 1].
        mask: 1 where a frequency is observed, the lowest in the corner.
    """
    return mask * torch.fft.fft2(clean, norm="ortho"), mask.mean()


def read_masks(path: Path) -> list[Float[Tensor, "1 _ _"]]:
    """A sampling mask, or those of a folder and its subfolders, fewest samples first.

    Raises:
        ValueError: there is none, or a file is no mask.
    """
    masks = (read_mask(file)[None] for file in mask_paths(path))
    return sorted(masks, key=lambda mask: mask.mean().item())


def mask_paths(path: Path) -> list[Path]:
    """The mask, or the files of those of a folder and its subfolders, sorted.

    Raises:
        ValueError: there is none.
    """
    paths = sorted(path.rglob("*.npy")) if path.is_dir() else [path]
    if not paths:
        raise ValueError(f"{path} holds no mask; put masks there as .npy files")
    return paths


def read_mask(path: Path) -> Float[Tensor, "_ w"]:
    """One mask of zeros and ones; a single row stands for all.

    Raises:
        ValueError: the file cannot be read, is no plane, or holds other numbers.
    """
    try:
        with path.open("rb") as file:  # numpy leaves one that is broken open
            array = np.load(file, allow_pickle=False)
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, EOFError, BadZipFile) as error:
        raise ValueError(f"{path} is no mask; give a plane of zeros and ones as .npy") from error
    if not isinstance(array, np.ndarray) or array.ndim not in (1, 2) or not array.size:
        raise ValueError(f"{path} is no mask; give a plane of zeros and ones as .npy")
    if not np.isin(array, (0, 1)).all():
        raise ValueError(f"{path} is no mask; it holds numbers other than 0 and 1")
    if not array.any():
        raise ValueError(f"{path} is 0 everywhere; give 1 where something was observed")
    return torch.from_numpy(np.atleast_2d(array).astype(np.float32))
