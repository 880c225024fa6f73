"""Training of a patch critic: Wasserstein GAN with a gradient penalty (ALR algorithm 1)."""

import lightning
import torch
from jaxtyping import Float
from torch import Tensor

from sparsight.data import UnpairedPatches
from sparsight.penalties import PatchCritic
from sparsight.recipes.alr import CriticSchedule

LOOK = 50


class CriticTraining(lightning.LightningModule):
    """Adam on D of ALR eq. (7), which is to be made large.

    Args:
        critic: to be trained.
        schedule: numbers of the run.
        patches: a function of the step, so that a resumed run draws what an uninterrupted one
            would have drawn.
    """

    optimisers_at_work = 1

    def __init__(self, critic: PatchCritic, schedule: CriticSchedule, patches: UnpairedPatches):
        super().__init__()
        self.automatic_optimization = False
        self.critic = critic
        self.schedule = schedule
        self.patches = patches

    def configure_optimizers(self):
        """Adam; its rate falls exponentially."""
        s = self.schedule
        adam = torch.optim.Adam(self.critic.parameters(), s.lr, fused=True)
        decay = (s.lr_last / s.lr) ** (1 / s.steps)
        return [adam], [torch.optim.lr_scheduler.ExponentialLR(adam, decay)]

    @property
    def step(self) -> int:
        """Steps done."""
        return self.global_step

    def training_step(self, batch: int, batch_idx: int):
        """One optimiser step on the patches of this step's number."""
        clean, degraded, share = (part.to(self.device) for part in self.patches.draw(self.step))
        gap, slopes, scores = duality(self.critic, clean, degraded, share)
        loss = self.schedule.steepness * (slopes - 1).square().mean() - gap
        adam, fall = self.optimizers(use_pl_optimizer=True), self.lr_schedulers()
        adam.zero_grad()  # pyright: ignore[reportAttributeAccessIssue]
        loss.backward()
        adam.step()  # pyright: ignore[reportAttributeAccessIssue]
        fall.step()  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess, reportCallIssue]
        self.log("gap", gap.detach(), prog_bar=True)
        self.log("slope", slopes.detach().mean(), prog_bar=True)
        if self.step % LOOK == 0:
            self.show({"slope of r": slopes, "r of clean": scores[0], "r of degraded": scores[1]})

    def show(self, values: dict[str, Tensor]) -> None:
        """Logs histograms."""
        for name, numbers in values.items():
            self.logger.experiment.add_histogram(name, numbers.detach(), self.step)  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess]


def duality(
    critic: PatchCritic,
    clean: Float[Tensor, "b c s s"],
    degraded: Float[Tensor, "b c s s"],
    share: Float[Tensor, "b 1 1 1"],
) -> tuple[Float[Tensor, ""], Float[Tensor, " b"], tuple[Tensor, Tensor]]:
    """The parts of D(theta), ALR eq. (7).

    Args:
        critic: r.
        clean: patches z^c, as large as the critic sees.
        degraded: patches z^n.
        share: alpha, of the clean patch in the mixture.

    Returns:
        E[r(z^n)] - E[r(z^c)]; the norms of r's gradient at the mixtures; the scores of clean and
        of degraded patches.
    """
    scores = critic(torch.cat([clean, degraded])).mean((1, 2)).chunk(2)
    slopes = critic.slope(torch.lerp(degraded, clean, share)).flatten(1).norm(dim=1)
    return scores[1].mean() - scores[0].mean(), slopes, (scores[0], scores[1])
