"""ALR's Table 1: critics trained at one noise level, tried at others.

Each is `alr-color`, trained on for the same few steps at its own level; the paper trains each
from nothing for 100,000. Strengths are fitted for each critic and level on training images.
"""

import shutil
import tempfile
from pathlib import Path

import torch
from alr_images import WEIGHTS, cbsd68, middle, shipped

from sparsight.bench import add_noise
from sparsight.metrics import psnr
from sparsight.models import LocalRegularizer
from sparsight.operators import Identity
from sparsight.recipes import bind
from sparsight.training.adversary import Folders, train_critic
from sparsight.training.strengths import fit_strengths, middles
from sparsight.zoo import load_critic, save_weights

TRAINED = {"0.05": (0.05, 0.05), "0.1": (0.1, 0.1), "0.2": (0.2, 0.2), "0.4": (0.4, 0.4)}
TRAINED["[0.05, 0.30]"] = (0.05, 0.30)
LEVELS = (0.05, 0.1, 0.2, 0.3, 0.4)
STEPS, RATES = 2500, (5e-4, 5e-5)
FITTED_ON, SIDE, EVERY, MIDDLE = 3, 64, 6, 128


def file_of(name: str) -> Path:
    """Where the critic of a row is kept."""
    return WEIGHTS / f"trained-at-{name.strip('[]').replace(', ', '-')}.safetensors"


def train(data: Path) -> None:
    """Trains the critics that are not there yet, and fits their strengths."""
    WEIGHTS.mkdir(parents=True, exist_ok=True)
    for name, (low, high) in TRAINED.items():
        if file_of(name).is_file():
            continue
        numbers = [f"steps={STEPS}", f"lr={RATES[0]}", f"lr_last={RATES[1]}"]
        numbers += [f"sigma_low={255 * low}", f"sigma_high={255 * high}"]
        with tempfile.TemporaryDirectory() as folder:
            recipe = bind("alr-color", numbers)
            weights = train_critic(
                "alr-color",
                recipe,
                Folders(data / "CBSD400"),
                Path(folder, "run"),
                start="alr-color",
            )
            fit(weights, data)
            shutil.copyfile(weights, file_of(name))


def fit(weights: Path, data: Path) -> None:
    """Adds a table of strengths to weights."""
    critic, record = load_critic(str(weights))
    images = middles(data / "CBSD400", 3, FITTED_ON, SIDE)
    regularizer = LocalRegularizer(critic.requires_grad_(False))
    table = fit_strengths(regularizer, images, LEVELS)
    save_weights(critic, {**record, "strengths": table.record()}, weights)


@torch.no_grad()
def measure(data: Path) -> dict:
    """PSNR of each critic at each level: means over middle squares of test images."""
    tests = [middle(test, MIDDLE) for test in cbsd68(data, EVERY)][:11]
    rows = {}
    for name in TRAINED:
        regularizer = shipped(str(file_of(name)))
        rows[name] = {}
        for level in LEVELS:
            y = torch.stack([add_noise(test.clean, level, test.place) for test in tests])
            solver = regularizer.problem(Identity(), (MIDDLE, MIDDLE), level)
            restored = solver(y, level).x.clamp(0, 1)
            each = [psnr(x, test.clean) for x, test in zip(restored, tests, strict=True)]
            rows[name][f"{level:g}"] = sum(each) / len(each)
    return {"psnr": rows, "images": [test.name for test in tests], "side": MIDDLE, "steps": STEPS}
