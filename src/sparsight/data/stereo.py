"""Stereo pairs with known disparity, in the layouts that their makers publish."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from sparsight.data.folder import read_image
from sparsight.data.pfm import read_pfm


@dataclass(frozen=True)
class StereoFiles:
    """Where a pair is, and how its disparity is written.

    Args:
        left: reference image.
        right: the other one.
        disparity: of the left image.
        read: gives pixels from that file; 0, or not finite, where they are unknown.
        seen_by_both: gives 1 where a pixel is not hidden from the right camera; None if unknown.
    """

    left: Path
    right: Path
    disparity: Path
    read: Callable[[Path], Tensor]
    seen_by_both: Path | None = None

    def load(self) -> "StereoPair":
        """The pair.

        Raises:
            ValueError: a file cannot be read, or sizes differ.
        """
        images = read_image(self.left, 3), read_image(self.right, 3)
        disparity = self.read(self.disparity)
        if not images[0].shape[1:] == images[1].shape[1:] == disparity.shape:
            raise ValueError(f"{self.disparity} has another size than its images, or they differ")
        known = disparity.isfinite() & (disparity > 0)
        both = known if self.seen_by_both is None else known & (_grey(self.seen_by_both) > 0)
        return StereoPair(*images, torch.where(known, disparity, 0.0), known, both)


@dataclass(frozen=True)
class StereoPair:
    """A rectified pair.

    Attributes:
        left: reference image, 8 bits.
        right: the other one.
        disparity: of the left image in pixels, 0 where unknown.
        known: where it is known.
        seen_by_both: where it is known and not hidden from the right camera, if that is known.
    """

    left: UInt8[Tensor, "3 h w"]
    right: UInt8[Tensor, "3 h w"]
    disparity: Float[Tensor, "h w"]
    known: Bool[Tensor, "h w"]
    seen_by_both: Bool[Tensor, "h w"]


def middlebury_2006(folder: Path) -> list[StereoFiles]:
    """Scenes as SCENE/view1.png, view5.png, disp1.png; third size, three grey levels a pixel."""
    scenes = sorted(path.parent for path in folder.glob("*/disp1.png"))
    files = [
        StereoFiles(s / "view1.png", s / "view5.png", s / "disp1.png", _thirds) for s in scenes
    ]
    return _some(files, folder, "SCENE/view1.png, view5.png, disp1.png")


def middlebury_2003(folder: Path) -> list[StereoFiles]:
    """Scenes as SCENE/im2.png, im6.png, disp2.png; quarter size, four grey levels a pixel."""
    scenes = sorted(path.parent for path in folder.glob("*/disp2.png"))
    files = []
    for s in scenes:
        seen = s / "occl.png"
        pair = s / "im2.png", s / "im6.png", s / "disp2.png"
        files.append(StereoFiles(*pair, _quarters, seen if seen.is_file() else None))
    return _some(files, folder, "SCENE/im2.png, im6.png, disp2.png")


def kitti_2015(folder: Path) -> list[StereoFiles]:
    """`training` with image_2, image_3 and disp_occ_0, 16-bit PNG of 256 levels a pixel."""
    return _kitti(folder, "image_2", "image_3", "disp_occ_0")


def kitti_2012(folder: Path) -> list[StereoFiles]:
    """`training` with colored_0, colored_1 and disp_occ, 16-bit PNG of 256 levels a pixel."""
    return _kitti(folder, "colored_0", "colored_1", "disp_occ")


def scene_flow(folder: Path, rendering: str = "frames_cleanpass") -> list[StereoFiles]:
    """frames_cleanpass/…/left, right and disparity/…/left: all three sets of SceneFlow.

    Args:
        folder: holds the rendering and disparity.
        rendering: frames_cleanpass or frames_finalpass.
    """
    files = []
    for left in sorted((folder / rendering).glob("**/left/*.png")):
        right = left.parent.parent / "right" / left.name
        below = left.relative_to(folder / rendering)
        disparity = folder / "disparity" / below.with_suffix(".pfm")
        files.append(StereoFiles(left, right, disparity, _pfm))
    return _some(files, folder, f"{rendering}/…/left/N.png and disparity/…/left/N.pfm")


def _kitti(folder: Path, left: str, right: str, disparity: str) -> list[StereoFiles]:
    names = sorted(path.name for path in (folder / disparity).glob("*_10.png"))
    files = [
        StereoFiles(folder / left / n, folder / right / n, folder / disparity / n, _kitti_levels)
        for n in names
    ]
    return _some(files, folder, f"{left}, {right} and {disparity} with N_10.png")


def _some(files: Sequence[StereoFiles], folder: Path, layout: str) -> list[StereoFiles]:
    if not files:
        raise ValueError(f"{folder} holds no stereo pair; it must hold {layout}")
    return list(files)


def _grey(path: Path) -> Tensor:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            levels = np.array(image)
    except (OSError, UnidentifiedImageError) as error:
        raise ValueError(f"{path} cannot be read as an image: {error}") from error
    if levels.ndim != 2:
        raise ValueError(f"{path} is in colour; disparities and masks are grey")
    return torch.from_numpy(levels.astype(np.float32))


def _thirds(path: Path) -> Tensor:
    return _grey(path) / 3


def _quarters(path: Path) -> Tensor:
    return _grey(path) / 4


def _kitti_levels(path: Path) -> Tensor:
    return _grey(path) / 256


def _pfm(path: Path) -> Tensor:
    try:
        return read_pfm(path)[0].abs()  # some frames have disparities below 0
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error}") from error
