"""How a regulariser should grow with the distance (ALR section 6): r, its powers, a learned square.

The paper suggests the square of the distance. Powers of `alr-color`'s r, which is a distance up to
a constant, are tried on squares of training images, the strength fitted for each, and
`alr-squared-color`, whose slope was trained to be that of half the squared distance. `alr-color`
is shipped with the root; the fourth root is hardly better and slower.
"""

import shutil
import tempfile
from functools import cache, partial
from pathlib import Path

import torch
from alr_images import WEIGHTS

from sparsight.models import LocalRegularizer
from sparsight.penalties import GrownCritic, Growth, Scores
from sparsight.recipes import bind
from sparsight.training.adversary import Folders, train_critic
from sparsight.training.strengths import best_strength, middles, quality
from sparsight.zoo import load_critic

LEARNED = WEIGHTS / "squared.safetensors"
NUMBERS = ("steps=6000", "features=48", "lr_last=5e-5")
LEVELS = (0.1, 0.2, 0.4)
FITTED_ON, SIDE = 10, 80
POWERS = {"root": 0.5, "fourth root": 0.25}


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
    least = scores.min().item()
    forms: dict[str, tuple[Scores, float]] = {"r": (critic, 1.7)}
    for name, power in POWERS.items():
        forms[f"{name} of r"] = GrownCritic(critic, Growth.above(scores, power)), 1.4
    for title, zero in (("square of r", least), ("square of r, less 2", least - 2)):
        forms[title] = GrownCritic(critic, Growth(2.0, zero)), 1.7
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
