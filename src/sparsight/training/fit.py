"""The loop that runs share: Lightning's trainer, a log, checkpoints, and what may stop it."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import torch

if TYPE_CHECKING:
    import lightning

    from sparsight.training.critic import CriticTraining
    from sparsight.training.distance import DistanceTraining
    from sparsight.training.supervised import Supervised

CHECKPOINT = "last.ckpt"
WEIGHTS = "weights.safetensors"
Precision = Literal["bf16-mixed", "32-true"]


@dataclass(frozen=True)
class Place:
    """Where a run is kept.

    Args:
        out: folder.
        resume: go on from the checkpoint that it holds.
        every: steps between checkpoints.

    Raises:
        ValueError: there is none to resume, or one that a new run would lose.
    """

    out: Path
    resume: bool
    every: int

    def __post_init__(self):
        """Refuses to lose a run, or to go on with none."""
        there = self.checkpoint.exists()
        begun = there or (self.out / WEIGHTS).exists()
        if self.resume and not there:
            raise ValueError(f"{self.out} holds no {CHECKPOINT} to resume; leave out --resume")
        if begun and not self.resume:
            raise ValueError(
                f"{self.out} already holds a run; add --resume or choose another --out"
            )

    @property
    def checkpoint(self) -> Path:
        """All that a run needs to go on."""
        return self.out / CHECKPOINT


@dataclass(frozen=True)
class Done:
    """How far a run came, and what stopped it before its time."""

    steps: int
    seconds: float
    stopped_by: BaseException | None = None


def fit(
    module: "Supervised | CriticTraining | DistanceTraining",
    place: Place,
    callbacks: Sequence["lightning.Callback"],
    precision: Precision = "32-true",
) -> Done:
    """Trains until the schedule ends, or somebody stops it.

    Args:
        module: draws its data itself, as a function of the step.
        place: of the checkpoints and the log.
        callbacks: what else watches over the run.
        precision: Lightning's word.

    Raises:
        ValueError: the training diverged, or the run that it goes on with does not fit.
    """
    if place.resume:
        _check_ahead(place, module.schedule.steps, module.optimisers_at_work)
    import lightning
    from lightning.pytorch.loggers import TensorBoardLogger

    from sparsight.training.callbacks import Snapshots

    snapshots = Snapshots(place.checkpoint, place.every)
    trainer = lightning.Trainer(
        max_steps=module.schedule.steps * module.optimisers_at_work,
        accelerator="auto",
        devices=1,
        precision=precision,
        logger=TensorBoardLogger(place.out, name="log", version=""),
        callbacks=[snapshots, *callbacks],
        enable_checkpointing=False,
        enable_model_summary=False,
        log_every_n_steps=10,
    )
    begun = place.checkpoint if place.resume else None
    # The data are a function of the step: the loader only counts.
    loader = torch.utils.data.DataLoader(list(repeat(0, 1000)), batch_size=None)  # pyright: ignore[reportArgumentType]
    stopped_by = None
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="lightning")
        try:
            trainer.fit(module, loader, ckpt_path=begun, weights_only=False)
        except (KeyboardInterrupt, SystemExit) as stop:  # Lightning turns the first into the second
            stopped_by = stop
    if not all(bool(parameter.isfinite().all()) for parameter in module.parameters()):
        raise ValueError(
            f"the weights are not finite after {module.step} steps and were not written; train "
            "anew with a smaller lr"
        )
    return Done(module.step, snapshots.seconds, stopped_by)


def _check_ahead(place: Place, steps: int, optimisers: int) -> None:
    """Raises a ValueError if a run has other optimisers, or more steps than it is asked for."""
    checkpoint = torch.load(place.checkpoint, map_location="cpu", weights_only=False, mmap=True)
    begun = len(checkpoint["optimizer_states"])
    if begun != optimisers:
        raise ValueError(
            f"the run in {place.out} has {begun} optimisers, not {optimisers}; resuming keeps "
            "matrix_lr at 0, or above it"
        )
    done = checkpoint["global_step"] // begun
    if done > steps:
        raise ValueError(
            f"steps is {steps}; the run in {place.out} has done {done}, give as many or more"
        )
