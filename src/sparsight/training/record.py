"""What a run says of itself: by which recipe and numbers it was made, from what, at what cost."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from sparsight.recipes import Recipe
from sparsight.recipes.book import from_record

RECORD = "run.json"


def run_record(
    name: str,
    recipe: Recipe,
    start: Mapping[str, Any] | None,
    folder: Path,
    images: int,
    steps: int,
    seconds: float,
) -> dict[str, Any]:
    """As it stands in the header of weights.

    Args:
        name: of the recipe.
        recipe: with its numbers.
        start: the record of the weights that it began from.
        folder: of the training images.
        images: how many of them were used.
        steps: done.
        seconds: by the clock.
    """
    return {
        "recipe": name,
        "arguments": recipe.arguments(),
        "schedule": asdict(recipe.schedule),
        "start": start,
        "images": images,
        "data": folder.resolve().name,
        "steps_done": steps,
        "seconds": round(seconds),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
    }


def recipe_of(out: Path, name: str) -> Recipe | None:
    """What the run in a folder was begun with, or None if it does not say.

    Raises:
        ValueError: it is a run of another recipe.
    """
    record = out / RECORD
    begun = json.loads(record.read_text()) if record.is_file() else {}
    if begun.get("recipe", name) != name:
        raise ValueError(f"{out} holds a run of {begun['recipe']}, not of {name}")
    return from_record(begun) if "arguments" in begun else None


def check_same_model(out: Path, begun: Recipe, asked: Recipe) -> None:
    """Raises a ValueError if a run would go on with another model."""
    before, now = begun.arguments(), asked.arguments()
    other = [key for key in before if before[key] != now.get(key)]
    if other:
        had, gets = (" ".join(f"{key}={a.get(key)}" for key in other) for a in (before, now))
        raise ValueError(f"the run in {out} has {had}, not {gets}; resuming keeps the model")
