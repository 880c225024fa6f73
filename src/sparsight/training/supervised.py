"""Supervised training: restore noisy crops, compare with the clean ones (GroupSC eq. (7))."""

import lightning
import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from sparsight.data import NoisyCrops
from sparsight.models import Unrolled
from sparsight.recipes.schedule import Schedule
from sparsight.training.loss import counted_square_loss


class Supervised(lightning.LightningModule):
    """Adam on the counted square loss, crop by crop.

    Each crop goes forward and backward alone and gradients add up: the codes of one crop fit
    the processor's cache, those of a batch do not.

    Args:
        model: to be trained.
        schedule: numbers of the run.
        crops: where crops come from; a function of the step, so that a resumed run draws what
            an uninterrupted one would have drawn.
    """

    def __init__(self, model: Unrolled, schedule: Schedule, crops: NoisyCrops):
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
        matrices = list(self.model.fidelity.parameters()) if s.matrix_lr else []
        chosen = {id(p) for p in matrices}
        others = [p for p in self.model.parameters() if id(p) not in chosen]
        optimisers: list[torch.optim.Optimizer] = [torch.optim.Adam(others, s.lr, eps=s.epsilon)]
        if matrices:
            muon = torch.optim.Muon(matrices, s.matrix_lr, weight_decay=0.0, momentum=0.9)
            optimisers.append(muon)
        stairs = torch.optim.lr_scheduler.StepLR
        return optimisers, [stairs(o, s.lr_every, s.lr_factor) for o in optimisers]

    @property
    def step(self) -> int:
        """Steps done; Lightning counts each optimiser's."""
        return self.global_step // (2 if self.schedule.matrix_lr else 1)

    def training_step(self, batch: int, batch_idx: int):
        """One optimiser step on the crops of this step's number."""
        optimisers = self.optimizers(use_pl_optimizer=True)
        optimisers = optimisers if isinstance(optimisers, list) else [optimisers]
        schedulers = self.lr_schedulers()
        schedulers = schedulers if isinstance(schedulers, list) else [schedulers]
        self.zero_grad()
        clean, noisy, sigma = (part.to(self.device) for part in self.crops.draw(self.step))
        balance = (25 / 255 / sigma) ** self.schedule.balance
        loss = sum(
            self._one_crop(clean[i : i + 1], noisy[i : i + 1], sigma[i : i + 1], balance[i : i + 1])
            for i in range(len(clean))
        )
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.schedule.clip)
        for optimiser, scheduler in zip(optimisers, schedulers, strict=True):
            optimiser.step()
            scheduler.step()  # pyright: ignore[reportOptionalMemberAccess, reportCallIssue]
        self.average.update_parameters(self.model)
        self.log("loss", loss, prog_bar=True)
        self.log("lr", self.trainer.optimizers[0].param_groups[0]["lr"])

    def _one_crop(self, clean: Tensor, noisy: Tensor, sigma: Tensor, balance: Tensor) -> float:
        restored = self.model(noisy, sigma)
        loss = counted_square_loss(restored, clean, self.model.fidelity.side, balance)
        self.manual_backward(loss / self.schedule.batch)
        return loss.item() / self.schedule.batch
