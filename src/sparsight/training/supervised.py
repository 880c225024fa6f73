"""Supervised training: restore noisy crops, compare with the clean ones (GroupSC eq. (7))."""

import lightning
import torch
from torch import Tensor

from sparsight.data import NoisyCrops
from sparsight.models import Unrolled
from sparsight.training.loss import counted_square_loss
from sparsight.recipes.schedule import Schedule


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
        self.schedule = schedule
        self.crops = crops

    def configure_optimizers(self):
        """Adam and a rate that falls in stairs."""
        s = self.schedule
        adam = torch.optim.Adam(self.model.parameters(), s.lr, eps=s.epsilon)
        return [adam], [torch.optim.lr_scheduler.StepLR(adam, s.lr_every, s.lr_factor)]

    def training_step(self, batch: Tensor, batch_idx: int):
        """One optimiser step on the crops of this step's number."""
        optimiser = self.optimizers()
        optimiser.zero_grad()
        clean, noisy, sigma = (part.to(self.device) for part in self.crops.draw(self.global_step))
        balance = (25 / 255 / sigma) ** self.schedule.balance
        loss = sum(
            self._one_crop(clean[i : i + 1], noisy[i : i + 1], sigma[i : i + 1], balance[i : i + 1])
            for i in range(len(clean))
        )
        self.clip_gradients(optimiser, self.schedule.clip, "norm")
        optimiser.step()
        self.lr_schedulers().step()
        self.log("loss", loss, prog_bar=True)
        self.log("lr", optimiser.param_groups[0]["lr"])

    def _one_crop(self, clean: Tensor, noisy: Tensor, sigma: Tensor, balance: Tensor) -> float:
        restored = self.model(noisy, sigma)
        loss = counted_square_loss(restored, clean, self.model.fidelity.side, balance)
        self.manual_backward(loss / self.schedule.batch)
        return loss.item() / self.schedule.batch
