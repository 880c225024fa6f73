"""What watches over a run: backtracking and snapshots on disk."""

import copy
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import lightning
import torch
from torch import Tensor

from sparsight.atomic import whole_file
from sparsight.metrics import psnr
from sparsight.training.supervised import Supervised

Degradation = Callable[[Tensor, int], tuple[Tensor, Tensor]]


class Backtracking(lightning.Callback):
    """Goes back to the last good weights when the training images get worse.

    Every `check_every` steps a few training images are restored. If their PSNR has fallen by
    more than `check_drop` dB since the snapshot, weights and optimiser return to it and the
    rate is multiplied by 0.8^(number of returns): GroupSC appendix B, with the authors'
    exponent. Else the snapshot is renewed.

    Args:
        images: clean training images, (c, h, w) in [0, 1].
        degrade: gives what is observed of an image of a number, and its level.
    """

    def __init__(self, images: Sequence[Tensor], degrade: Degradation):
        self.images = images
        self.degrade = degrade
        self.returns = 0
        self.best = -float("inf")
        self.snapshot: dict = {}
        self.looked_at = 0

    def state_dict(self) -> dict:
        """Kept in checkpoints, so that a resumed run backtracks alike."""
        kept = {"returns": self.returns, "best": self.best, "snapshot": self.snapshot}
        return {**kept, "looked_at": self.looked_at}

    def load_state_dict(self, state_dict: dict):
        """From a checkpoint."""
        self.returns = state_dict["returns"]
        self.best = state_dict["best"]
        self.snapshot = state_dict["snapshot"]
        self.looked_at = state_dict.get("looked_at", 0)

    def on_train_start(self, trainer, pl_module: Supervised):  # noqa: D102
        if not self.snapshot:
            self.take_snapshot(trainer, pl_module)

    def on_train_batch_start(self, trainer, pl_module: Supervised, *_):
        """Looks now if the run was stopped while it looked."""
        self.look(trainer, pl_module)

    def on_train_batch_end(self, trainer, pl_module: Supervised, *_):  # noqa: D102
        self.look(trainer, pl_module)

    def look(self, trainer, pl_module: Supervised):
        """Measures, once every so many steps, and goes back or takes a snapshot."""
        if pl_module.step % pl_module.schedule.check_every or pl_module.step == self.looked_at:
            return
        quality = self.measure(pl_module)
        pl_module.log("psnr_training_images", quality, prog_bar=True)
        # Not "if it fell": weights that overflowed give NaN, which compares as false.
        if quality >= self.best - pl_module.schedule.check_drop:
            self.best = quality
            self.take_snapshot(trainer, pl_module)
        else:
            self.go_back(trainer, pl_module)
        self.looked_at = pl_module.step

    def take_snapshot(self, trainer, module: Supervised):
        """Keeps weights and optimiser as they are."""
        self.snapshot = copy.deepcopy(
            {
                "model": module.model.state_dict(),
                "average": module.average.state_dict(),
                "optimisers": [o.state_dict() for o in trainer.optimizers],
            }
        )

    @torch.no_grad()
    def measure(self, module: Supervised) -> float:
        """Mean PSNR over the images, degraded alike each time."""
        total = 0.0
        for number, clean in enumerate(self.images):
            y, level = (part[None].to(module.device) for part in self.degrade(clean, number))
            restored = module.average(y, level)
            total += psnr(restored[0].cpu(), clean)
        return total / len(self.images)

    def go_back(self, trainer, module: Supervised):
        """Restores the snapshot and lowers the rate."""
        self.returns += 1
        module.model.load_state_dict(self.snapshot["model"])
        module.average.load_state_dict(self.snapshot["average"])
        for optimiser, saved in zip(trainer.optimizers, self.snapshot["optimisers"], strict=True):
            rates = [group["lr"] for group in optimiser.param_groups]
            optimiser.load_state_dict(copy.deepcopy(saved))
            for group, rate in zip(optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * 0.8**self.returns


class Snapshots(lightning.Callback):
    """Writes a checkpoint every so many steps, and when a run is stopped, all or nothing.

    First among the callbacks, so that whoever stops the others loses no step by it.

    Args:
        path: the checkpoint.
        every: steps.
    """

    def __init__(self, path: Path, every: int):
        self.path = path
        self.every = every
        self.stepping = False
        self.uncounted = 0
        self.before = 0.0
        self.began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Wall time of the run up to now, with its earlier parts up to their last checkpoints."""
        return self.before + time.monotonic() - self.began

    def state_dict(self) -> dict:
        """Kept in checkpoints."""
        return {"seconds": self.seconds}

    def load_state_dict(self, state_dict: dict):
        """From a checkpoint."""
        self.before = state_dict["seconds"]

    def on_train_start(self, trainer, pl_module):  # noqa: D102
        self.uncounted = trainer.fit_loop.epoch_loop._batches_that_stepped - 1

    def on_before_optimizer_step(self, trainer, pl_module, optimizer):  # noqa: D102
        self.stepping = True

    def on_train_batch_end(self, trainer, pl_module, *_):  # noqa: D102
        self.stepping = False
        self.uncounted = trainer.fit_loop.epoch_loop._batches_that_stepped
        if pl_module.step % self.every == 0:
            self.write(trainer)

    def on_exception(self, trainer, pl_module, exception):
        """Whoever stops a run loses nothing, but for a step that is half done."""
        stopped = isinstance(exception, KeyboardInterrupt | SystemExit)
        if stopped and not self.stepping and pl_module.step:
            # Lightning saves at the end of steps, before it counts, and adds one on restarting.
            trainer.fit_loop.epoch_loop._batches_that_stepped = self.uncounted
            self.write(trainer)

    def on_train_end(self, trainer, pl_module):  # noqa: D102
        self.write(trainer)

    def write(self, trainer):
        """Writes beside the checkpoint, then puts the new one in its place."""
        with whole_file(self.path) as part:
            trainer.save_checkpoint(part)
