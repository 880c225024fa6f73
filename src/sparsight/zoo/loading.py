"""Weights made into what restores: one function for each kind of task."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from sparsight.data import Gaps, Holes, any_mosaic
from sparsight.fidelities import MeasuredFidelity, PixelFidelity
from sparsight.models import Deblocker, Denoiser, Filler, ScanRestorer, Tiled, Unrolled
from sparsight.neighbours import OffsetNeighbours, ShiftSimilarity
from sparsight.networks import Enhancer, Upscaler, arrange, settle
from sparsight.ops.speed import convolves_in_bfloat16
from sparsight.penalties import ConvolvedAnalysisPrior, PatchCritic, SquaredCritic
from sparsight.recipes.book import from_record
from sparsight.recipes.schedule import Schedule
from sparsight.zoo.quality import Quality, quality_of
from sparsight.zoo.store import Name, read_weights

CACHED_POSITIONS = 48
PIXELS, FARTHEST = 360, 48


def load_denoiser(name: Name, quality: str = "balanced") -> Denoiser | Tiled:
    """The model with its weights, ready for images of any size.

    Args:
        name: of the zoo, or a path to a file.
        quality: one of QUALITIES.

    Raises:
        ValueError: there is no such file or quality, it was not written by `save_weights`, or it
            is no denoiser.
    """
    chosen = quality_of(quality)
    model, record = read_weights(name)
    if isinstance(model, Upscaler):
        raise ValueError(f"{name} enlarges and does not denoise; use `sparsight upscale`")
    if jpeg_qualities(record):
        raise ValueError(f"{name} undoes JPEG and does not denoise; use `sparsight deblock`")
    gaps = _gaps(record)
    if gaps is not None:
        command = "demosaick" if gaps is any_mosaic else "restore inpaint"
        raise ValueError(f"{name} fills gaps and does not denoise; use `sparsight {command}`")
    return _whole_images(name, model, record, chosen, _lowest_level(record))


def load_demosaicker(name: Name, quality: str = "balanced") -> Filler:
    """The model with its weights, ready for mosaics of any size and phase.

    Args:
        name: of the zoo, or a path to a file.
        quality: one of QUALITIES.

    Raises:
        ValueError: there is no such file or quality, it was not written by `save_weights`, or it
            was not trained on mosaics.
    """
    model, record = read_weights(name)
    if _gaps(record) is not any_mosaic:
        raise ValueError(
            f"{name} was not trained on mosaics; give one made by sc-, csr- or groupsc-demosaick"
        )
    return _filler(name, model, record, quality)


def load_inpainter(name: Name, quality: str = "balanced") -> Filler:
    """The model with its weights, ready for photographs of any size with small holes.

    Args:
        name: of the zoo, or a path to a file.
        quality: one of QUALITIES.

    Raises:
        ValueError: there is no such file or quality, it was not written by `save_weights`, or it
            was not trained on holes.
    """
    model, record = read_weights(name)
    if not isinstance(_gaps(record), Holes):
        raise ValueError(
            f"{name} was not trained on holes; give one made by sc-, csr- or groupsc-inpaint"
        )
    return _filler(name, model, record, quality)


def fills_holes(name: Name) -> bool:
    """Whether weights were made by a recipe of inpainting.

    Args:
        name: of the zoo, or a path to a file.

    Raises:
        ValueError: there is no such file, or it was not written by `save_weights`.
    """
    return isinstance(_gaps(read_weights(name)[1]), Holes)


def _filler(name: Name, model: nn.Module, record: Mapping[str, Any], quality: str) -> Filler:
    whole = _whole_images(name, model, record, quality_of(quality))
    assert isinstance(whole, Denoiser)  # recipes with gaps are of patches
    return Filler(whole).eval()


def _gaps(record: Mapping[str, Any]) -> Gaps | None:
    """Where the images that weights were trained on had gaps, if they had."""
    return from_record(record).gaps


def load_deblocker(name: Name, quality: str = "balanced") -> Deblocker:
    """The model with its weights, ready for images of any size.

    Args:
        name: of the zoo, or a path to a file.
        quality: one of QUALITIES; not that of a JPEG.

    Raises:
        ValueError: there is no such file or quality, it was not written by `save_weights`, or it
            was not trained on JPEG.
    """
    model, record = read_weights(name)
    qualities = jpeg_qualities(record)
    if not qualities:
        raise ValueError(f"{name} was not trained on JPEG; give a model such as nsr-deblock")
    restorer = _whole_images(name, model, record, quality_of(quality))
    return Deblocker(restorer, (qualities[0], qualities[-1])).eval()


def jpeg_qualities(record: Mapping[str, Any]) -> range:
    """The JPEG qualities that weights were trained for, if any."""
    schedule = from_record(record).schedule
    return schedule.qualities if isinstance(schedule, Schedule) else range(0)


def _lowest_level(record: Mapping[str, Any]) -> float:
    """The faintest noise that weights were trained for, in [0, 1] units."""
    numbers = {**record.get("schedule", {}), **record.get("arguments", {})}
    return numbers.get("sigma_low", 0.0) / 255


def _whole_images(
    name: Name, model: nn.Module, record: Mapping[str, Any], chosen: Quality, lowest: float = 0.0
) -> Denoiser | Tiled:
    """A model that restores at the size that it sees, for images of any size."""
    if isinstance(model, Enhancer):
        return _fast(Tiled(model, lowest=lowest)).eval()
    if not isinstance(model, Unrolled):
        raise ValueError(f"{name} is no denoiser but a critic; use `sparsight restore denoise`")
    if isinstance(model.fidelity, MeasuredFidelity):
        raise ValueError(f"{name} restores scans, not photographs; use `sparsight restore mri`")
    side = model.fidelity.side
    if isinstance(model.fidelity, PixelFidelity):
        # No pixel sees further than so many a move, and what is far hardly counts.
        reach = min(model.depth * _reach(model), FARTHEST)
        return Denoiser(model, PIXELS + 2 * reach, reach, lowest=lowest).eval()
    # Without neighbours blocks are a matter of speed: this size keeps the codes in cache.
    window = record["arguments"].get("window")
    return chosen.denoiser(model, (window or CACHED_POSITIONS) + side - 1, lowest).eval()


def load_critic(name: Name) -> tuple[PatchCritic | SquaredCritic, dict[str, Any]]:
    """A critic with its weights, and its record.

    Args:
        name: of the zoo, or a path to a file.

    Raises:
        ValueError: there is no such file, it was not written by `save_weights`, or it is no
            critic.
    """
    model, record = read_weights(name)
    if not isinstance(model, PatchCritic | SquaredCritic):
        raise ValueError(
            f"{name} is no critic, as alr-color is; for small holes choose a model that ends in "
            "-inpaint, or make a critic by `sparsight train alr`"
        )
    return model.requires_grad_(False), record


def load_upscaler(name: Name) -> Tiled:
    """The model with its weights, ready for images of any size.

    Args:
        name: of the zoo, or a path to a file.

    Raises:
        ValueError: there is no such file, it was not written by `save_weights`, or it does not
            enlarge.
    """
    model = read_weights(name)[0]
    if not isinstance(model, Upscaler):
        raise ValueError(
            f"{name} does not enlarge; give a model trained by nsr-upscale-x2, -x3, -x4"
        )
    return _fast(Tiled(model)).eval()


def _fast(tiled: Tiled) -> Tiled:
    """Weights put together, and bfloat16 where that is faster, which loses 0.001 dB."""
    settle(tiled.network)
    if convolves_in_bfloat16():
        arrange(tiled.network)
        tiled.compute = torch.bfloat16
    return tiled


def load_scan_restorer(name: Name) -> ScanRestorer:
    """The model with its weights, ready for k-space of any scale.

    Args:
        name: of the zoo, or a path to a file.

    Raises:
        ValueError: there is no such file, it was not written by `save_weights`, or it restores
            no scans.
    """
    model = read_weights(name)[0]
    if not isinstance(model, Unrolled):
        raise ValueError(f"{name} restores photographs, not scans; give one of MRI")
    return ScanRestorer(model).eval()


def _reach(model: Unrolled) -> int:
    """How far a pixel sees in one move."""
    if isinstance(model.neighbours, OffsetNeighbours | ShiftSimilarity):
        return max(row for row, _ in model.neighbours.offsets)
    if isinstance(model.prior, ConvolvedAnalysisPrior):
        return model.prior.reach
    return model.prior.network.reach  # pyright: ignore[reportAttributeAccessIssue, reportReturnType]
