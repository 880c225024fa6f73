"""What a run says of itself: by which recipe and numbers it was made, from what, at what cost."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from sparsight.atomic import whole_file
from sparsight.recipes import Recipe
from sparsight.recipes.book import from_record
from sparsight.training.fit import Done, Place
from sparsight.zoo import read_weights

RECORD = "run.json"


def begin_record(
    name: str, recipe: Recipe, place: Place, start: str | None, data: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Writes what a run is begun with; a run that goes on keeps what it was.

    Args:
        name: of the recipe.
        recipe: with its numbers.
        place: of the run; its folder is made if need be.
        start: weights that it begins from, a zoo name or a path.
        data: what it learns from.

    Returns:
        The record of the weights that it began from.

    Raises:
        ValueError: it would go on as another recipe, with another model, or on other data.
    """
    if place.resume:
        check_same_model(place.out, recipe_of(place.out, name) or recipe, recipe)
        begun = _read(place.out)
        check_same_data(place.out, begun, data)
        return begun.get("start")
    origin = None if start is None else read_weights(start)[1]
    place.out.mkdir(parents=True, exist_ok=True)
    _write({"recipe": name, **_numbers(recipe), "start": origin, **data}, place)
    return origin


def end_record(
    name: str,
    recipe: Recipe,
    origin: Mapping[str, Any] | None,
    data: Mapping[str, Any],
    done: Done,
    place: Place,
) -> dict[str, Any]:
    """Writes and returns what a run was, as it stands in the header of weights.

    Args:
        name: of the recipe.
        recipe: with its numbers.
        origin: the record of the weights that it began from.
        data: what it learned from.
        done: how far it came.
        place: of the run.
    """
    record = {
        "recipe": name,
        **_numbers(recipe),
        "start": origin,
        **data,
        "steps_done": done.steps,
        "seconds": round(done.seconds),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
    }
    _write(record, place)
    return record


def _read(out: Path) -> dict[str, Any]:
    path = out / RECORD
    return json.loads(path.read_text()) if path.is_file() else {}


def _write(record: Mapping[str, Any], place: Place) -> None:
    """All or nothing: without it a run could not go on."""
    with whole_file(place.out / RECORD) as part:
        part.write_text(json.dumps(record, indent=1))


def _numbers(recipe: Recipe) -> dict[str, Any]:
    return {"arguments": recipe.arguments(), "schedule": asdict(recipe.schedule)}


def recipe_of(out: Path, name: str) -> Recipe | None:
    """What the run in a folder was begun with, or None if it does not say.

    Raises:
        ValueError: it is a run of another recipe.
    """
    begun = _read(out)
    if begun.get("recipe", name) != name:
        raise ValueError(f"{out} holds a run of {begun['recipe']}, not of {name}")
    return from_record(begun) if "arguments" in begun else None


def check_same_data(out: Path, begun: Mapping[str, Any], data: Mapping[str, Any]) -> None:
    """Raises a ValueError if a run would go on with other files, whatever their folder is called.

    Runs of earlier versions kept no digest of their files: there names and number must do.
    """
    digests = [key for key in data if key.endswith("files")]
    keys = digests if "files" in begun else list(data)
    if all(begun.get(key, data[key]) == data[key] for key in keys):
        return
    had, has = (f"{some['images']} images of {some['data']}" for some in (begun, data))
    other = f"not from {has}" if had != has else "whose files were others"
    raise ValueError(f"the run in {out} learned from {had}, {other}; resuming keeps the data")


def check_same_model(out: Path, begun: Recipe, asked: Recipe) -> None:
    """Raises a ValueError if a run would go on with another model."""
    before, now = begun.arguments(), asked.arguments()
    other = [key for key in before if before[key] != now.get(key)]
    if other:
        had, gets = (" ".join(f"{key}={a.get(key)}" for key in other) for a in (before, now))
        raise ValueError(f"the run in {out} has {had}, not {gets}; resuming keeps the model")
