"""Training of a patch score that grows with the squared distance (ALR section 6).

Half the squared distance to clean patches has the slope z - (nearest clean patch). For a clean
patch with noise that is, on the average, what of the noise can be told: r is trained so that its
slope at z^c + n comes near n.
"""

import lightning
import torch
from jaxtyping import Float
from torch import Tensor

from sparsight.data import NoisyCrops
from sparsight.penalties import SquaredCritic
from sparsight.recipes.alr import DistanceSchedule

LOOK = 50


class DistanceTraining(lightning.LightningModule):
    """Adam on the squared miss of the slope, over the noise level's square.

    Args:
        critic: to be trained.
        schedule: numbers of the run.
        patches: as large as the critic sees, a function of the step.
    """

    optimisers_at_work = 1

    def __init__(self, critic: SquaredCritic, schedule: DistanceSchedule, patches: NoisyCrops):
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
        clean, noisy, sigma = (part.to(self.device) for part in self.patches.draw(self.step))
        misses = miss(self.critic, clean, noisy) / sigma.square()
        adam, fall = self.optimizers(use_pl_optimizer=True), self.lr_schedulers()
        adam.zero_grad()  # pyright: ignore[reportAttributeAccessIssue]
        misses.mean().backward()
        adam.step()  # pyright: ignore[reportAttributeAccessIssue]
        fall.step()  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess, reportCallIssue]
        self.log("miss", misses.detach().mean(), prog_bar=True)
        if self.step % LOOK == 0:
            self.show(clean, noisy)

    @torch.no_grad()
    def show(self, clean: Tensor, noisy: Tensor) -> None:
        """Logs histograms of both kinds of scores."""
        for name, patches in {"r of clean": clean, "r of degraded": noisy}.items():
            self.logger.experiment.add_histogram(name, self.critic(patches), self.step)  # pyright: ignore[reportAttributeAccessIssue, reportOptionalMemberAccess]


def miss(
    critic: SquaredCritic, clean: Float[Tensor, "b c s s"], noisy: Float[Tensor, "b c s s"]
) -> Float[Tensor, " b"]:
    """Mean square over a patch of r's slope less the noise; parameters can be trained on it.

    Args:
        critic: r.
        clean: patches as large as the critic sees.
        noisy: the same with noise.
    """
    z = noisy.detach().requires_grad_()
    (slope,) = torch.autograd.grad(critic(z).sum(), z, create_graph=True)
    return (slope - (noisy - clean)).square().mean((1, 2, 3))
