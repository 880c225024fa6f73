"""Supervised training: restore degraded crops, compare with the clean ones (GroupSC eq. (7))."""

from collections.abc import Sequence

import lightning
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from sparsight.data import Source
from sparsight.fidelities import PatchFidelity
from sparsight.models import Unrolled
from sparsight.ops.speed import map_on_threads
from sparsight.recipes.schedule import Schedule
from sparsight.training.loss import training_loss

Gradients = tuple[Tensor | None, ...]  # one per parameter, None where it has no part


class Supervised(lightning.LightningModule):
    """Adam on the training loss, a few crops at a time.

    Patch codes of one crop fit the processor's cache, those of a batch do not: such crops go
    forward and backward alone and gradients add up. Pixels are few, and go together.

    Args:
        model: to be trained.
        schedule: numbers of the run.
        crops: where crops, or whole scans, come from; a function of the step, so that a resumed
            run draws what an uninterrupted one would have drawn.
    """

    def __init__(self, model: nn.Module, schedule: Schedule, crops: Source):
        super().__init__()
        self.automatic_optimization = False
        self.model = model
        self.average = AveragedModel(
            model, multi_avg_fn=get_ema_multi_avg_fn(schedule.average), use_buffers=False
        )
        self.schedule = schedule
        self.crops = crops

    def configure_optimizers(self):
        """Adam, or Muon for matrices and Adam for the rest; rates that fall in stairs."""
        s = self.schedule
        unrolled = self.model if s.matrix_lr and isinstance(self.model, Unrolled) else None
        matrices = [] if unrolled is None else list(unrolled.fidelity.parameters())
        chosen = {id(p) for p in matrices}
        others = [p for p in self.model.parameters() if id(p) not in chosen]
        optimisers: list[torch.optim.Optimizer] = [torch.optim.Adam(others, s.lr, eps=s.epsilon)]
        if matrices:
            muon = torch.optim.Muon(matrices, s.matrix_lr, weight_decay=0.0, momentum=0.9)
            optimisers.append(muon)
        falls = range(s.lr_first or s.lr_every, s.steps, s.lr_every)
        stairs = torch.optim.lr_scheduler.MultiStepLR
        return optimisers, [stairs(o, falls, s.lr_factor) for o in optimisers]

    @property
    def optimisers_at_work(self) -> int:
        """Each of which Lightning counts as a step."""
        return 2 if self.schedule.matrix_lr else 1

    @property
    def step(self) -> int:
        """Steps done."""
        return self.global_step // self.optimisers_at_work

    def training_step(self, batch: int, batch_idx: int):
        """One optimiser step on the crops of this step's number."""
        optimisers = self.optimizers(use_pl_optimizer=True)
        optimisers = optimisers if isinstance(optimisers, list) else [optimisers]
        schedulers = self.lr_schedulers()
        schedulers = schedulers if isinstance(schedulers, list) else [schedulers]
        drawn = self.crops.draw(self.step)
        clean, noisy, sigma = (part.to(self.device, non_blocking=True) for part in drawn)
        balance = (25 / 255 / sigma) ** self.schedule.balance
        loss = backward_crops(
            self.model,
            clean,
            noisy,
            sigma,
            balance,
            together=self.schedule.together,
            evenness=self.schedule.evenness,
        )
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.schedule.clip)
        for optimiser, scheduler in zip(optimisers, schedulers, strict=True):
            optimiser.step()
            scheduler.step()  # pyright: ignore[reportOptionalMemberAccess, reportCallIssue]
        if self.schedule.largest and isinstance(self.model, Unrolled):
            codes = self.model.fidelity
            if isinstance(codes, PatchFidelity):
                normalise(codes, self.schedule.largest)
        self.average.update_parameters(self.model)
        self.log("loss", loss, prog_bar=True)
        self.log("lr", self.trainer.optimizers[0].param_groups[0]["lr"])


@torch.no_grad()
def normalise(fidelity: PatchFidelity, largest: float) -> None:
    """Divides D and C so that no singular value exceeds `largest`."""
    for matrix in (fidelity.dictionary, fidelity.preconditioner):
        matrix.div_((torch.linalg.matrix_norm(matrix, 2) / largest).clamp(min=1))


def backward_crops(
    model: nn.Module,
    clean: Tensor,
    noisy: Tensor,
    sigma: Tensor,
    balance: Tensor,
    together: int = 1,
    evenness: float = 0.0,
) -> float:
    """Leaves the gradients of the mean loss in the parameters; returns the loss.

    On a processor every core takes crops of its own; gradients are added in the crops' order,
    so that a run can be repeated to the last bit. Crops whose gradients overflow are left out,
    those beside them go through again one by one: where thresholds are negative, groups of
    hardly any energy are enlarged without bound, step after step.

    Args:
        model: to be trained.
        clean: crops, (b, c, h, w).
        noisy: the same, degraded.
        sigma: how strongly, for noise its level in [0, 1] units, (b,).
        balance: what each crop's loss counts, (b,).
        together: crops that go through the model at once.
        evenness: of the squares, see `Schedule`.
    """
    kind, parameters = clean.device.type, tuple(model.parameters())

    def some_crops(crops: range) -> tuple[float, Gradients]:
        chosen = slice(crops.start, crops.stop)
        with torch.enable_grad():  # a mode belongs to a thread
            restored = model(noisy[chosen], sigma[chosen])
            share = len(restored) / len(clean)
            loss = training_loss(model, restored, clean[chosen], balance[chosen], evenness) * share
        with torch.autocast(kind, enabled=False):  # what goes back has its type already
            found = torch.autograd.grad(loss, parameters, allow_unused=True)
        if all(bool(part.isfinite().all()) for part in found if part is not None):
            return loss.item(), found
        if len(crops) == 1:
            return loss.item(), (None,) * len(found)
        return added([some_crops(range(crop, crop + 1)) for crop in crops])

    threads = None if kind == "cpu" else 1
    groups = [range(k, min(k + together, len(clean))) for k in range(0, len(clean), together)]
    loss, gradients = added(list(map_on_threads(some_crops, groups, threads)))
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient
    return loss


def added(parts: Sequence[tuple[float, Gradients]]) -> tuple[float, Gradients]:
    """The sums of losses and of gradients, in their order; None where no part has a gradient."""
    losses, gradients = zip(*parts, strict=True)
    return sum(losses), tuple(_sum(some) for some in zip(*gradients, strict=True))


def _sum(parts: Gradients) -> Tensor | None:
    known = [part for part in parts if part is not None]
    return sum(known[1:], start=known[0]) if known else None
