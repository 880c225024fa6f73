"""`sparsight train` for critics: unpaired folders, or noise."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TypeGuard

from sparsight.cli.resuming import check_installed, resumable


def is_critic(name: str | None) -> TypeGuard[str]:
    """Whether a recipe of this name makes a critic."""
    from sparsight.recipes import RECIPES
    from sparsight.recipes.alr import CriticSchedule, DistanceSchedule

    kinds = CriticSchedule | DistanceSchedule
    return name in RECIPES and isinstance(RECIPES[name].schedule, kinds)


def train_critic_recipe(
    name: str,
    numbers: Sequence[str],
    folders: tuple[Path | None, Path | None],
    out: Path | None,
    resume: bool,
    start: str | None,
) -> None:
    """Trains a critic.

    Args:
        name: of the recipe.
        numbers: KEY=VALUE; sigma=LOW..HIGH in [0, 1] units stands for both ends of the noise.
        folders: of clean images, and of degraded ones or None for noise.
        out: folder of the run.
        resume: go on from its checkpoint.
        start: weights of the same layers to start from, or None.

    Raises:
        ValueError: there are no images, or numbers that cannot be meant.
    """
    from sparsight.recipes import bind

    clean, degraded = folders
    pairs = [pair for text in numbers for pair in noise_range(text)]
    bind(name, pairs)
    if clean is None:
        raise ValueError("no images were named; give --clean DIR")
    if degraded is not None and any(text.startswith("sigma") for text in numbers):
        raise ValueError("degraded images get no noise; give --degraded or sigma=, not both")
    check_installed()
    from sparsight.training.adversary import Folders, train_critic
    from sparsight.training.fit import CHECKPOINT
    from sparsight.training.record import recipe_of

    folder = Path("runs", name) if out is None else out
    recipe = bind(name, pairs, recipe_of(folder, name) if resume else None)
    words = ["sparsight", "train", name, *numbers, "--clean", str(clean), "--out", str(folder)]
    words += [] if degraded is None else ["--degraded", str(degraded)]
    images = Folders(clean, degraded)
    print(f"{name}: {recipe.model().extra_repr()}")
    with resumable(folder / CHECKPOINT, words):
        weights = train_critic(name, recipe, images, folder, resume, start=start)
    print(f"weights: {weights}")
    quoted = shlex.quote(str(weights))
    print(f"next: sparsight restore fit-strength {quoted} --clean {shlex.quote(str(clean))}")


def noise_range(text: str) -> list[str]:
    """sigma=LOW..HIGH or sigma=LEVEL as the two numbers that schedules have, in 8-bit units.

    Args:
        text: KEY=VALUE; other keys are left as they are.

    Raises:
        ValueError: the levels are no numbers between 0 and 1.
    """
    key, _, value = text.partition("=")
    if key != "sigma":
        return [text]
    low, dots, high = value.partition("..")
    try:
        ends = [float(low), float(high if dots else low)]
    except ValueError:
        ends = [-1.0]
    if not all(0 <= end <= 1 for end in ends):
        raise ValueError(f"{text}; give sigma=LOW..HIGH between 0 and 1, e.g. sigma=0.05..0.30")
    return [f"sigma_low={255 * ends[0]:.12g}", f"sigma_high={255 * ends[1]:.12g}"]
