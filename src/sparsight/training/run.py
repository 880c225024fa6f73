"""One training run: a folder with a log, a checkpoint and weights; resumable."""

import math
from collections.abc import Sequence
from pathlib import Path

import torch
from jaxtyping import UInt8
from torch import Tensor, nn

from sparsight.data import (
    GappyCrops,
    JpegCrops,
    NoisyCrops,
    Source,
    UndersampledScans,
    any_mosaic,
    digest_of,
    mask_paths,
    read_image,
    read_luma,
    read_masks,
    reduced_crops,
    training_paths,
)
from sparsight.fidelities import MeasuredFidelity, PatchFidelity
from sparsight.models import Unrolled
from sparsight.neighbours import Similarity
from sparsight.networks import Enhancer, Upscaler, arrange
from sparsight.ops.speed import (
    convolves_in_bfloat16,
    multiply_in_tf32,
    prefers_bfloat16,
    tune_process,
)
from sparsight.penalties import GroupPrior
from sparsight.recipes import Recipe
from sparsight.recipes.schedule import Schedule
from sparsight.training.filling import fill_linearly
from sparsight.training.fit import WEIGHTS, Done, Place, Precision, fit
from sparsight.training.initial import initialise, knows_gaps
from sparsight.training.record import begin_record, end_record
from sparsight.zoo import save_weights

# Side of what is looked at of a training image, as long as the image has it.
WATCHED = 120  # pixels; whole parts of it are what networks of any scale enlarge


def train(
    name: str,
    recipe: Recipe,
    folder: Path,
    out: Path,
    resume: bool = False,
    start: str | None = None,
    every: int = 200,
) -> Path:
    """Trains a recipe on a folder of clean images.

    Args:
        name: of the recipe.
        recipe: with its numbers.
        folder: clean images.
        out: folder of the run; made if need be.
        resume: go on from the checkpoint in `out`.
        start: weights to start from, a zoo name or a path; those that fit are taken.
        every: steps between checkpoints.

    Returns:
        The weights file; it is written too when the run is interrupted.

    Raises:
        ValueError: no images, nothing to resume, `out` already holds a run, or a rate for
            matrices though there are none.
    """
    place = Place(out, resume, every)
    schedule: Schedule = recipe.schedule  # pyright: ignore[reportAssignmentType]
    tune_process()
    multiply_in_tf32()
    with torch.random.fork_rng():
        torch.manual_seed(schedule.seed)
        model = recipe.model()
    _check_crop(model, schedule)
    if schedule.matrix_lr and not has_matrices(model):
        raise ValueError(
            "matrix_lr is for the matrices D, C and W, which this model has not; give 0"
        )
    if recipe.gaps is any_mosaic and model.channels != 3:
        raise ValueError(
            f"channels is {model.channels}; mosaics are made of 3, red, green and blue"
        )
    images = read_images(folder, model.channels, schedule)
    if not scans(model):
        _check_sizes(training_paths(folder), images, schedule.crop)
    data = {
        "images": len(images),
        "data": folder.resolve().name,
        "files": digest_of(
            [*training_paths(folder), *(mask_paths(folder) if scans(model) else ())]
        ),
    }
    if not resume:  # what cannot begin leaves no folder
        initialise(model, images, start, schedule)
    origin = begin_record(name, recipe, place, start, data)
    if not resume and recipe.gaps is not None and not knows_gaps(origin):
        codes: PatchFidelity = model.fidelity  # pyright: ignore[reportAssignmentType]
        fill_linearly(codes, images, recipe.gaps, schedule.seed)
    done = _fit(model, schedule, degraded(model, images, folder, recipe), place)
    if place.checkpoint.exists():  # without one there is nothing to go on from
        record = end_record(name, recipe, origin, data, done, place)
        save_weights(model, record, out / WEIGHTS)
    if done.stopped_by is not None:
        raise done.stopped_by
    return out / WEIGHTS


def _check_crop(model: nn.Module, schedule: Schedule) -> None:
    """Raises a ValueError if a crop holds no patch."""
    least = model.fidelity.side if isinstance(model, Unrolled) and not scans(model) else 1
    if schedule.crop < least:
        raise ValueError(f"crop is {schedule.crop}; give {least}, a patch of this model, or more")


def _check_sizes(
    paths: Sequence[Path], images: Sequence[UInt8[Tensor, "c _ _"]], crop: int
) -> None:
    """Raises a ValueError if an image is smaller than a crop."""
    for path, image in zip(paths, images, strict=True):
        height, width = image.shape[1:]
        if min(height, width) < crop:
            raise ValueError(
                f"{path} is {width} x {height}, smaller than crop={crop}; take it out, or give "
                "a smaller crop"
            )


def scans(model: nn.Module) -> bool:
    """Whether it restores scans, whose masks lie beside the images."""
    return isinstance(model, Unrolled) and isinstance(model.fidelity, MeasuredFidelity)


def has_matrices(model: nn.Module) -> bool:
    """Whether there are D, C and W, which Muon can move."""
    return isinstance(model, Unrolled) and any(True for _ in model.fidelity.parameters())


def read_images(folder: Path, channels: int, schedule: Schedule) -> list[UInt8[Tensor, "c _ _"]]:
    """The images of a folder as a run wants them: in grey or colour, for JPEG their luma.

    Raises:
        ValueError: no images, neither 1 nor 3 channels, or a run on JPEG for more than luma.
    """
    if channels not in (1, 3):
        raise ValueError(f"channels is {channels}; give 1 for grey images or 3 for RGB")
    if not schedule.qualities:
        return [read_image(path, channels) for path in training_paths(folder)]
    if channels != 1:
        raise ValueError(
            f"quality_low is {schedule.quality_low} for a model of {channels} channels; JPEG is "
            "for models of luma, channels=1"
        )
    return [read_luma(path) for path in training_paths(folder)]


def degraded(
    model: nn.Module, images: Sequence[UInt8[Tensor, "c _ _"]], folder: Path, recipe: Recipe
) -> Source:
    """What a model learns to undo: noise, gaps, JPEG, reduction, or the masks of the folder."""
    schedule: Schedule = recipe.schedule  # pyright: ignore[reportAssignmentType]
    if isinstance(model, Upscaler):
        return reduced_crops(images, model.scale, schedule.crop, schedule.batch, schedule.seed)
    if scans(model):
        return UndersampledScans(images, read_masks(folder), schedule.batch, schedule.seed)
    if schedule.qualities:
        sizes = schedule.crop, schedule.batch
        return JpegCrops(images, *sizes, schedule.qualities, schedule.seed)
    sigma = (schedule.sigma_low, schedule.sigma_high)
    crops = NoisyCrops(
        images,
        schedule.crop,
        schedule.batch,
        sigma,
        schedule.seed,
        schedule.sigma_power,
        schedule.shrink,
        schedule.shrunk,
    )
    return crops if recipe.gaps is None else GappyCrops(crops, recipe.gaps)


def precision_for(model: nn.Module, gaps: bool = False) -> Precision:
    """Lightning's word for what a model trains fastest in here.

    Convolutions gain from bfloat16 on more processors than the plain products of sparse codes do;
    on CUDA those have TF32, and nothing to convert, but for groups, whose codes stay in bfloat16.
    What fills gaps errs so little that the rounding of its codes would drown the gradient.
    """
    networks = isinstance(model, Upscaler | Enhancer)
    codes = not torch.cuda.is_available() or (_groups(model) and not gaps)
    low = convolves_in_bfloat16() if networks else codes and prefers_bfloat16()
    return "bf16-mixed" if low else "32-true"


def _groups(model: nn.Module) -> bool:
    """Whether patches of a lattice share their atoms."""
    if not (isinstance(model, Unrolled) and isinstance(model.neighbours, Similarity)):
        return False
    return isinstance(model.prior, GroupPrior) and model.neighbours.lattice.thin > 1


def _fit(model: nn.Module, schedule: Schedule, source: Source, place: Place) -> Done:
    """Trains in place; the model ends with the average of its parameters.

    Raises:
        ValueError: at no look did it restore anything.
    """
    from sparsight.training.callbacks import Backtracking
    from sparsight.training.progress import StepProgress
    from sparsight.training.supervised import Supervised

    precision = precision_for(model, isinstance(source, GappyCrops))
    if isinstance(model, Upscaler | Enhancer) and precision == "bf16-mixed":
        arrange(model)
    module = Supervised(model, schedule, source)
    backtracking = Backtracking(_watched(source), source)
    progress = StepProgress(schedule.steps, schedule.check_every)
    done = fit(module, place, [backtracking, progress], precision)
    if backtracking.looked_at and backtracking.best == -math.inf:
        raise ValueError(
            f"the training diverged: after {done.steps} steps its images are no numbers and no "
            "weights were written; train anew with a smaller lr"
        )
    model.load_state_dict(module.average.module.state_dict())
    return done


def _watched(source: Source) -> list[Tensor]:
    """A few training images, or their middles: to compare all patches of large ones takes long."""
    images = source.images
    chosen = [image.float() / 255 for image in images[:: max(1, len(images) // 4)][:4]]
    whole = isinstance(source, UndersampledScans)  # masks of scans are as large as they
    return chosen if whole else [_middle(image) for image in chosen]


def _middle(image: Tensor) -> Tensor:
    top, left = (max(0, length - WATCHED) // 2 for length in image.shape[1:])
    return image[:, top : top + WATCHED, left : left + WATCHED]
