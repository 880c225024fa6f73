"""How a regulariser should grow with the distance (ALR section 6): r, its powers, a learned square.

The paper suggests the square of the distance. Three ways to it are tried on squares of training
images, the strength fitted for each: powers of `alr-color`'s r, which is a distance up to a
constant, and `alr-squared-color`, whose slope was trained to be that of half the squared distance.
"""

import shutil
import tempfile
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import torch
from alr_images import WEIGHTS

from sparsight.models import LocalRegularizer
from sparsight.penalties import PatchCritic, Scores
from sparsight.recipes import bind
from sparsight.training.adversary import Folders, train_critic
from sparsight.training.strengths import best_strength, middles, quality
from sparsight.zoo import load_critic

LEARNED = WEIGHTS / "squared.safetensors"
NUMBERS = ("steps=6000", "features=48", "lr_last=5e-5")
LEVELS = (0.1, 0.4)
FITTED_ON, SIDE = 4, 64


@dataclass(frozen=True)
class Grown:
    """(r - zero)^power / power instead of r.

    Args:
        critic: r.
        power: 1 changes nothing but a constant.
        zero: the score that counts as no distance; what is below has no pull.
    """

    critic: PatchCritic
    power: float
    zero: float

    @property
    def channels(self) -> int:
        """Of the image."""
        return self.critic.channels

    @property
    def field(self) -> int:
        """Of the critic."""
        return self.critic.field

    @property
    def stride(self) -> int:
        """Of the critic."""
        return self.critic.stride

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """The scores."""
        return (self.critic(x) - self.zero).clamp(min=1e-3) ** self.power / self.power


def train(data: Path) -> None:
    """Trains the squared distance if it is not there yet."""
    if LEARNED.is_file():
        return
    WEIGHTS.mkdir(parents=True, exist_ok=True)
    name = "alr-squared-color"
    with tempfile.TemporaryDirectory() as folder:
        images = Folders(data / "CBSD400")
        weights = train_critic(name, bind(name, NUMBERS), images, Path(folder, "run"))
        shutil.copyfile(weights, LEARNED)


def measure(data: Path) -> dict:
    """Best strength and PSNR of each on training squares."""
    clean = middles(data / "CBSD400", 3, FITTED_ON, SIDE)
    critic = load_critic("alr-color")[0]
    with torch.no_grad():
        scores = critic(clean)
    lowest, spread = scores.min().item(), (scores.mean() - scores.min()).item()
    forms: dict[str, tuple[Scores, float]] = {
        "r": (critic, 1.7),
        "root of r above its least": (Grown(critic, 0.5, lowest - spread), 1.7),
        "square of r above its least": (Grown(critic, 2.0, lowest), 5.0),
        "square of r above its least, less 2": (Grown(critic, 2.0, lowest - 2), 0.8),
    }
    if LEARNED.is_file():
        forms["`alr-squared-color`"] = load_critic(str(LEARNED))[0], 10.0
    return {name: fit(scores, clean, first) for name, (scores, first) in forms.items()}


def fit(critic: Scores, clean: torch.Tensor, first: float) -> dict[str, float]:
    """PSNR at each level with the best strength."""
    regularizer, best = LocalRegularizer(critic), {}
    for level in LEVELS:
        at = cache(partial(quality, regularizer, clean, level))
        first = best_strength(at, first)
        best[f"{level:g}"] = at(first)
    return best
