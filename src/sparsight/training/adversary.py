"""One training run of a critic: a folder with a log, a checkpoint and weights; resumable."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import UInt8
from torch import Tensor

from sparsight.data import NoisyCrops, UnpairedPatches, digest_of, image_paths, read_image
from sparsight.ops.speed import tune_process
from sparsight.penalties import PatchCritic, SquaredCritic
from sparsight.recipes import Recipe
from sparsight.recipes.alr import CriticSchedule, DistanceSchedule
from sparsight.training.fit import WEIGHTS, Place, fit
from sparsight.training.record import begin_record, end_record
from sparsight.zoo import load_critic, save_weights

Images = Sequence[UInt8[Tensor, "c _ _"]]
Critic = PatchCritic | SquaredCritic
Numbers = CriticSchedule | DistanceSchedule


@dataclass(frozen=True)
class Folders:
    """Images to learn from.

    Args:
        clean: folder of clean images.
        degraded: folder of degraded ones, of other scenes or the same; None to add noise to the
            clean ones.
    """

    clean: Path
    degraded: Path | None = None

    @property
    def degraded_paths(self) -> list[Path]:
        """The files of degraded images; none if there is no such folder."""
        return [] if self.degraded is None else image_paths(self.degraded)


def train_critic(
    name: str,
    recipe: Recipe,
    folders: Folders,
    out: Path,
    resume: bool = False,
    every: int = 1000,
    start: str | None = None,
) -> Path:
    """Trains a critic to tell clean patches from degraded ones.

    Args:
        name: of the recipe.
        recipe: whose model is a critic.
        folders: of images.
        out: folder of the run; made if need be.
        resume: go on from the checkpoint in `out`.
        every: steps between checkpoints.
        start: weights to start from, a zoo name or a path, of a critic with the same layers.

    Returns:
        The weights file; it is written too when the run is interrupted.

    Raises:
        ValueError: no images, nothing to resume, `out` already holds a run or one of another
            model, or weights to start from that are of other layers.
    """
    from sparsight.training.progress import StepProgress

    place = Place(out, resume, every)
    schedule = recipe.schedule
    assert isinstance(schedule, Numbers)  # the caller tells critics by it
    tune_process()
    with torch.random.fork_rng():
        torch.manual_seed(schedule.seed)
        critic: Critic = recipe.model()
    if start is not None and not resume:
        _begin_with(critic, start)
    patches = draw_from(critic, schedule, folders)
    clean = image_paths(folders.clean)
    data = {
        "images": len(clean),
        "data": folders.clean.resolve().name,
        "degraded": None if folders.degraded is None else folders.degraded.resolve().name,
        "files": digest_of(clean),
        "degraded_files": digest_of(folders.degraded_paths),
    }
    origin = begin_record(name, recipe, place, start, data)
    module = training_of(critic, schedule, patches)
    done = fit(module, place, [StepProgress(schedule.steps, every)])
    if place.checkpoint.exists():  # without one there is nothing to go on from
        record = end_record(name, recipe, origin, data, done, place)
        save_weights(critic, record, out / WEIGHTS)
    if done.stopped_by is not None:
        raise done.stopped_by
    return out / WEIGHTS


def _begin_with(critic: Critic, start: str) -> None:
    """Takes the parameters of other weights."""
    other, _ = load_critic(start)
    if str(other) != str(critic):
        raise ValueError(f"{start} has other layers than this recipe; give the numbers of its card")
    critic.load_state_dict(other.state_dict())


def draw_from(critic: Critic, schedule: Numbers, folders: Folders) -> UnpairedPatches | NoisyCrops:
    """Patches as large as the critic sees.

    Raises:
        ValueError: degraded images for a score that learns from the noise itself.
    """
    images = [read_image(path, critic.channels) for path in image_paths(folders.clean)]
    sigma = schedule.sigma_low, schedule.sigma_high
    if isinstance(critic, SquaredCritic):
        if folders.degraded is not None:
            raise ValueError(
                "a squared distance is learned from noise that is known; leave out --degraded"
            )
        return NoisyCrops(images, critic.field, schedule.batch, sigma, schedule.seed)
    others = images
    if folders.degraded is not None:
        sigma = (0.0, 0.0)
        others = [read_image(path, critic.channels) for path in folders.degraded_paths]
    return UnpairedPatches(images, others, critic.field, schedule.batch, sigma, schedule.seed)


def training_of(critic: Critic, schedule: Numbers, patches: UnpairedPatches | NoisyCrops):
    """The Lightning module that a kind of critic is trained by."""
    if isinstance(critic, SquaredCritic):
        from sparsight.training.distance import DistanceTraining

        return DistanceTraining(critic, schedule, patches)  # pyright: ignore[reportArgumentType]
    from sparsight.training.critic import CriticTraining

    return CriticTraining(critic, schedule, patches)  # pyright: ignore[reportArgumentType]
