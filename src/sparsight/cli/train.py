"""`sparsight train`: trains a recipe on a folder of clean images."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sparsight.cli.options import in_sets
from sparsight.cli.resuming import check_installed, resumable
from sparsight.cli.tables import show_table
from sparsight.cli.train_critic import is_critic, train_critic_recipe
from sparsight.cli.train_signals import train_signal_recipe

if TYPE_CHECKING:
    from sparsight.recipes import Recipe


def train(
    recipe: Annotated[
        str | None, typer.Argument(metavar="RECIPE", help="One that --list shows.")
    ] = None,
    numbers: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY=VALUE]...", help="Numbers of the recipe to change."),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            callback=in_sets,
            metavar="DIR",
            help="Folder or dataset of clean images; for MRI with masks (.npy).",
        ),
    ] = None,
    clean: Annotated[
        Path | None,
        typer.Option(
            callback=in_sets,
            metavar="PATH",
            help="For critics: folder of clean images. For signals: a .npy or .csv of clean ones.",
        ),
    ] = None,
    degraded: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="For critics: degraded images, instead of noise."),
    ] = None,
    noisy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="For signals: the same with noise.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder of the run; runs/RECIPE by default."),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on from the last checkpoint, with the numbers it had."),
    ] = False,
    start: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Start from these weights, as far as they fit."),
    ] = None,
    show_list: Annotated[
        bool, typer.Option("--list", help="List the recipes and their numbers.")
    ] = False,
) -> None:
    """Train a recipe: a model and its training, in plain numbers.

    Most recipes learn from a folder of clean images (--data); critics from one of clean and
    perhaps one of degraded ones (--clean, --degraded); recipes of signals from pairs (--clean,
    --noisy) or, without them, from generated piecewise-constant signals.
    """
    if show_list:
        _show_recipes()
        return
    from sparsight.recipes.signals import SIGNAL_RECIPES

    if recipe in SIGNAL_RECIPES:
        _refuse(recipe, data=data, degraded=degraded, start=start, resume=resume or None)
        train_signal_recipe(recipe, numbers or [], clean, noisy, out)
    elif is_critic(recipe):
        _refuse(recipe, noisy=noisy)
        train_critic_recipe(recipe, numbers or [], (clean or data, degraded), out, resume, start)
    else:
        _refuse(recipe, clean=clean, degraded=degraded, noisy=noisy)
        _run(recipe, numbers or [], data, out, resume, start)


def _refuse(recipe: str | None, **options: Any) -> None:
    """Options that a recipe has no use for are not passed over in silence."""
    for option, value in options.items():
        if value is not None:
            raise ValueError(f"{recipe or 'this recipe'} takes no --{option}; see --help")


def _run(
    name: str | None,
    numbers: Sequence[str],
    data: Path | None,
    out: Path | None,
    resume: bool,
    start: str | None,
) -> None:
    from sparsight.recipes import RECIPES, bind

    if name is None:
        raise ValueError(f"no recipe was named; there are {', '.join(_all_recipes())}")
    if name not in RECIPES:
        raise ValueError(f"no recipe is called {name}; there are {', '.join(_all_recipes())}")
    bind(name, numbers)
    if data is None:
        raise ValueError("no images were named; give --data DIR")
    check_installed()
    from sparsight.training.fit import CHECKPOINT
    from sparsight.training.record import recipe_of
    from sparsight.training.run import train

    folder = Path("runs", name) if out is None else out
    recipe = bind(name, numbers, recipe_of(folder, name) if resume else None)
    words = ["sparsight", "train", name, *numbers, "--data", str(data), "--out", str(folder)]
    with resumable(folder / CHECKPOINT, words):
        weights = train(name, recipe, data, folder, resume, start)
    print(f"weights: {weights}")
    use = _use(name, recipe)
    print(f"try: sparsight {use} -o RESTORED --model {shlex.quote(str(weights))}")


def _use(name: str, recipe: "Recipe") -> str:
    """The command that takes the weights, and its input."""
    arguments = recipe.arguments()
    if name.startswith("mri-"):
        return "restore mri KSPACE --mask MASK"
    if "scale" in arguments:
        return f"upscale PHOTO --scale {arguments['scale']}"
    if recipe.gaps is not None:
        mosaic = name.endswith("demosaick")
        return "demosaick RAW --pattern RGGB" if mosaic else "restore inpaint PHOTO --mask MASK"
    if asdict(recipe.schedule).get("quality_high"):
        return "deblock PHOTO.jpg"
    return "denoise PHOTO"


def _all_recipes() -> list[str]:
    from sparsight.recipes import RECIPES
    from sparsight.recipes.signals import SIGNAL_RECIPES

    return [*RECIPES, *SIGNAL_RECIPES]


def _show_recipes() -> None:
    from sparsight.recipes import RECIPES
    from sparsight.recipes.schedule import Schedule
    from sparsight.recipes.signals import SIGNAL_RECIPES

    usual = asdict(Schedule())
    rows = [
        [name, _plain(recipe.arguments()), _plain(_others(asdict(recipe.schedule), usual))]
        for name, recipe in RECIPES.items()
    ]
    show_table(["recipe", "model", "training"], rows)
    of_signals = [
        [name, _plain(recipe.numbers), _plain(asdict(recipe.schedule))]
        for name, recipe in SIGNAL_RECIPES.items()
    ]
    show_table(["recipe of signals", "model", "training"], of_signals)
    print(f"Training, where nothing else is said: {_plain(usual)}")
    print("Change a number with KEY=VALUE, e.g.: sparsight train sc-gray depth=12 --data DIR")


def _others(numbers: Mapping[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in numbers.items() if value != usual.get(key)}


def _plain(numbers: Mapping[str, Any]) -> str:
    return " ".join(f"{key}={value:g}" for key, value in numbers.items())
