"""Training of stereo networks: crops of pairs, smooth absolute differences (PSMNet section 3.5)."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from sparsight.data.stereo import StereoPair


@dataclass(frozen=True)
class StereoSchedule:
    """The numbers of a training.

    Args:
        steps: of Adam.
        batch: crops per step.
        height: of a crop in pixels.
        width: of a crop.
        lr: rate, which falls to 0 along a cosine.
        max_disparity: pixels; those beyond do not count.
        seed: of all draws.
    """

    steps: int
    batch: int = 2
    height: int = 128
    width: int = 256
    lr: float = 2e-3
    max_disparity: int = 80
    seed: int = 0


Crops = tuple[
    Float[Tensor, "b 3 h w"],
    Float[Tensor, "b 3 h w"],
    Float[Tensor, "b 1 h w"],
]


def draw_crops(pairs: Sequence[StereoPair], schedule: StereoSchedule, step: int) -> Crops:
    """Left and right, from 0 to 1.2, and the disparity, 0 where unknown; a function of the step."""
    generator = torch.Generator().manual_seed(schedule.seed * 1_000_003 + step)
    crops = [_crop(pairs, schedule, generator) for _ in range(schedule.batch)]
    left, right, disparity = (torch.stack(parts) for parts in zip(*crops, strict=True))
    return left, right, disparity


def fit_stereo(model: nn.Module, pairs: Sequence[StereoPair], schedule: StereoSchedule) -> None:
    """Trains in place.

    Args:
        model: (left, right) -> disparity.
        pairs: at least the size of a crop.
        schedule: how long, how fast.
    """
    optimiser = torch.optim.Adam(model.parameters(), schedule.lr)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, schedule.steps)
    model.train()
    for step in range(schedule.steps):
        left, right, truth = draw_crops(pairs, schedule, step)
        counted = (truth > 0) & (truth < schedule.max_disparity)
        optimiser.zero_grad()
        loss = F.smooth_l1_loss(model(left, right)[counted], truth[counted])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        cosine.step()
    model.eval()


def _crop(
    pairs: Sequence[StereoPair], schedule: StereoSchedule, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    pair = pairs[int(torch.randint(len(pairs), (), generator=generator))]
    top, left = (
        int(torch.randint(length - side + 1, (), generator=generator))
        for length, side in zip(
            pair.disparity.shape, (schedule.height, schedule.width), strict=True
        )
    )
    rows, columns = slice(top, top + schedule.height), slice(left, left + schedule.width)
    # Light differs between cameras and scenes; it must not matter.
    gain = 0.8 + 0.4 * torch.rand(3, 1, 1, generator=generator)
    images = [gain * image[:, rows, columns] / 255 for image in (pair.left, pair.right)]
    return images[0], images[1], pair.disparity[None, rows, columns]
