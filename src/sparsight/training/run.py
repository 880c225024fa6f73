"""One training run: a folder with a log, a checkpoint and weights; resumable."""

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import repeat
from pathlib import Path
from typing import Any, Literal

import torch
from jaxtyping import UInt8
from torch import Tensor, nn

from sparsight.bank import REFERENCE, Bank
from sparsight.data import (
    GappyCrops,
    JpegCrops,
    NoisyCrops,
    Source,
    UndersampledScans,
    read_image,
    read_luma,
    read_masks,
    reduced_crops,
    training_paths,
)
from sparsight.fidelities import MeasuredFidelity, PatchFidelity
from sparsight.models import Unrolled
from sparsight.networks import Enhancer, Upscaler, arrange
from sparsight.ops.speed import (
    convolves_in_bfloat16,
    multiply_in_tf32,
    prefers_bfloat16,
    tune_process,
)
from sparsight.penalties import (
    AsymmetricGroupPrior,
    CentralizedPrior,
    GroupPrior,
    L1Prior,
    SymmetricGroupPrior,
)
from sparsight.recipes import Recipe
from sparsight.recipes.book import from_record
from sparsight.recipes.jpeg import LIKE_NOISE
from sparsight.recipes.schedule import Schedule
from sparsight.training.dictionary import learn_dictionary
from sparsight.training.filling import fill_linearly
from sparsight.training.record import RECORD, check_same_model, recipe_of, run_record
from sparsight.training.starting import take_what_fits
from sparsight.zoo import read_weights, save_weights

CHECKPOINT = "last.ckpt"
WEIGHTS = "weights.safetensors"
# Side of what is looked at of a training image, as long as the image has it.
WATCHED = 128
BFLOAT16: Literal["bf16-mixed"] = "bf16-mixed"
SPARSE = L1Prior | GroupPrior | CentralizedPrior | SymmetricGroupPrior | AsymmetricGroupPrior


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
    checkpoint = checkpoint_of(out, resume)
    schedule: Schedule = recipe.schedule  # pyright: ignore[reportAssignmentType]
    tune_process()
    multiply_in_tf32()
    with torch.random.fork_rng():
        torch.manual_seed(schedule.seed)
        model = recipe.model()
    if schedule.matrix_lr and not isinstance(model, Unrolled):
        raise ValueError(
            "matrix_lr is for the matrices D, C and W, which this model has not; give 0"
        )
    images = read_images(folder, model.channels, schedule)
    out.mkdir(parents=True, exist_ok=True)
    if resume:
        check_same_model(out, recipe_of(out, name) or recipe, recipe)
        origin = json.loads((out / RECORD).read_text())["start"]
    else:
        origin = None if start is None else read_weights(start)[1]
        numbers = {"arguments": recipe.arguments(), "schedule": asdict(recipe.schedule)}
        (out / RECORD).write_text(json.dumps({"recipe": name, **numbers, "start": origin}))
        initialise(model, images, start, schedule)
        if recipe.gaps is not None and not knows_gaps(origin):
            codes: PatchFidelity = model.fidelity  # pyright: ignore[reportAssignmentType]
            fill_linearly(codes, images, recipe.gaps, schedule.seed)
    source = degraded(model, images, folder, recipe)
    done = _fit(model, schedule, source, out, checkpoint if resume else None, every)
    record = run_record(name, recipe, origin, folder, len(images), done.steps, done.seconds)
    (out / RECORD).write_text(json.dumps(record, indent=1))
    save_weights(model, record, out / WEIGHTS)
    if done.stopped_by is not None:
        raise done.stopped_by
    return out / WEIGHTS


def read_images(folder: Path, channels: int, schedule: Schedule) -> list[UInt8[Tensor, "c _ _"]]:
    """The images of a folder as a run wants them: in grey or colour, for JPEG their luma.

    Raises:
        ValueError: no images, or a run on JPEG for more channels than luma.
    """
    if not schedule.qualities:
        return [read_image(path, channels) for path in training_paths(folder)]
    if channels != 1:
        raise ValueError(
            f"quality_low is {schedule.quality_low} for a model of {channels} channels; JPEG is "
            "for models of luma, channels=1"
        )
    return [read_luma(path) for path in training_paths(folder)]


def checkpoint_of(out: Path, resume: bool) -> Path:
    """Where a run keeps its checkpoint.

    Raises:
        ValueError: there is none to resume, or one that a new run would lose.
    """
    checkpoint = out / CHECKPOINT
    if resume and not checkpoint.is_file():
        raise ValueError(f"{out} holds no {CHECKPOINT} to resume; leave out --resume")
    if checkpoint.exists() and not resume:
        raise ValueError(f"{out} already holds a run; add --resume or choose another --out")
    return checkpoint


@dataclass(frozen=True)
class _Done:
    """How far a run came, and what stopped it before its time."""

    steps: int
    seconds: float
    stopped_by: BaseException | None = None


def initialise(
    model: nn.Module,
    images: Sequence[UInt8[Tensor, "c _ _"]],
    start: str | None,
    schedule: Schedule,
) -> None:
    """Takes the parameters that fit from other weights, or learns a dictionary if there is one.

    Thresholds then start at so many deviations of the noise that a code receives.
    """
    if start is not None:
        take_what_fits(model, read_weights(start)[0])
        return
    if not isinstance(model, Unrolled):
        return
    fidelity = model.fidelity
    codes = fidelity.codes if isinstance(fidelity, MeasuredFidelity) else fidelity
    if not isinstance(codes, PatchFidelity):
        return
    atoms = codes.dictionary.shape[1]
    dictionary = learn_dictionary(images, codes.side, atoms, schedule.whiten, seed=schedule.seed)
    thresholds = thresholds_of(model.prior)
    one_noise = len(thresholds.levels) == 1 and codes is fidelity  # of scans, levels are rates
    sigma = thresholds.levels[0] if one_noise else REFERENCE
    sigma = LIKE_NOISE if schedule.qualities else sigma
    with torch.no_grad():
        for matrix in codes.parameters():
            matrix.copy_(dictionary)
        noise = sigma * dictionary.norm(dim=0)
        thresholds.values.copy_((schedule.threshold * noise).expand_as(thresholds.values))


def knows_gaps(record: Mapping[str, Any] | None) -> bool:
    """Whether weights of this record were trained to fill gaps."""
    return record is not None and from_record(record).gaps is not None


def thresholds_of(prior: nn.Module) -> Bank:
    """The thresholds of sparse codes among what a prior is made of."""
    return next(part.thresholds for part in prior.modules() if isinstance(part, SPARSE))


def degraded(
    model: nn.Module, images: Sequence[UInt8[Tensor, "c _ _"]], folder: Path, recipe: Recipe
) -> Source:
    """What a model learns to undo: noise, gaps, JPEG, reduction, or the masks of the folder."""
    schedule: Schedule = recipe.schedule  # pyright: ignore[reportAssignmentType]
    if isinstance(model, Upscaler):
        return reduced_crops(images, model.scale, schedule.crop, schedule.batch, schedule.seed)
    if isinstance(model, Unrolled) and isinstance(model.fidelity, MeasuredFidelity):
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
    )
    return crops if recipe.gaps is None else GappyCrops(crops, recipe.gaps)


def _middle(image: UInt8[Tensor, "c _ _"]) -> UInt8[Tensor, "c _ _"]:
    """The middle of an image: comparing all patches of a large one would take very long."""
    top, left = (max(0, length - WATCHED) // 2 for length in image.shape[1:])
    return image[:, top : top + WATCHED, left : left + WATCHED]


def precision_for(model: nn.Module) -> Literal["bf16-mixed", "32-true"]:
    """Lightning's word for what a model trains fastest in here.

    Convolutions gain from bfloat16 on more processors than the plain products of sparse codes do;
    on CUDA those have TF32, and nothing to convert.
    """
    networks = isinstance(model, Upscaler | Enhancer)
    plain = prefers_bfloat16() and not torch.cuda.is_available()
    low = convolves_in_bfloat16() if networks else plain
    return BFLOAT16 if low else "32-true"


def _fit(
    model: nn.Module,
    schedule: Schedule,
    source: Source,
    out: Path,
    checkpoint: Path | None,
    every: int,
) -> _Done:
    import lightning
    from lightning.pytorch.loggers import TensorBoardLogger

    from sparsight.training.callbacks import Backtracking, Snapshots
    from sparsight.training.progress import StepProgress
    from sparsight.training.supervised import Supervised

    precision = precision_for(model)
    if isinstance(model, Upscaler | Enhancer) and precision == BFLOAT16:
        arrange(model)
    images = source.images
    chosen = images[:: max(1, len(images) // 4)][:4]
    # Masks of scans are as large as they.
    whole = isinstance(source, UndersampledScans)
    watched = [(image if whole else _middle(image)).float() / 255 for image in chosen]
    snapshots = Snapshots(out / CHECKPOINT, every)
    trainer = lightning.Trainer(
        max_steps=schedule.steps * (2 if schedule.matrix_lr else 1),
        accelerator="auto",
        devices=1,
        precision=precision,
        logger=TensorBoardLogger(out, name="log", version=""),
        callbacks=[
            Backtracking(watched, source),
            StepProgress(schedule.steps, schedule.check_every),
            snapshots,
        ],
        enable_checkpointing=False,
        enable_model_summary=False,
        log_every_n_steps=10,
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="lightning")
        # The data are a function of the step: the loader only counts.
        loader = torch.utils.data.DataLoader(list(repeat(0, 1000)), batch_size=None)  # pyright: ignore[reportArgumentType]
        module = Supervised(model, schedule, source)
        stopped_by = None
        try:
            trainer.fit(module, loader, ckpt_path=checkpoint, weights_only=False)
        except (KeyboardInterrupt, SystemExit) as stop:  # Lightning turns the first into the second
            stopped_by = stop
    model.load_state_dict(module.average.module.state_dict())
    return _Done(module.step, snapshots.seconds, stopped_by)
