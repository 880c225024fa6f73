"""`sparsight train`: trains a recipe on a folder of clean images."""

import logging
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from sparsight.cli.errors import INTERRUPTED, report
from sparsight.cli.tables import show_table
from sparsight.cli.train_signals import train_signal_recipe

_NEEDED = ("lightning", "tensorboard")


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
        typer.Option(metavar="DIR", help="Folder of clean images; for MRI with masks (.npy)."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder of the run; runs/RECIPE by default."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on from the last checkpoint.")
    ] = False,
    start: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Start from these weights, as far as they fit."),
    ] = None,
    clean: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="For signals: clean ones, a row each, .npy or .csv."),
    ] = None,
    noisy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="For signals: the same with noise.")
    ] = None,
    show_list: Annotated[
        bool, typer.Option("--list", help="List the recipes and their numbers.")
    ] = False,
) -> None:
    """Train a recipe: a model and its training, in plain numbers.

    Recipes of images learn from a folder of clean ones (--data), recipes of signals from pairs
    (--clean and --noisy) or, without them, from generated piecewise-constant signals.
    """
    if show_list:
        _show_recipes()
        return
    from sparsight.recipes.signals import SIGNAL_RECIPES

    if recipe in SIGNAL_RECIPES:
        if data is not None or resume or start is not None:
            raise ValueError(f"{recipe} is of signals; it takes --clean and --noisy")
        train_signal_recipe(recipe, numbers or [], clean, noisy, out)
        return
    if clean is not None or noisy is not None:
        raise ValueError("--clean and --noisy are for recipes of signals; give --data DIR")
    _run(recipe, numbers or [], data, out, resume, start)


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
    recipe = bind(name, numbers)
    if data is None:
        raise ValueError("no images were named; give --data DIR")
    _check_installed()
    from sparsight.training.run import CHECKPOINT, train

    folder = Path("runs", name) if out is None else out
    _quiet_lightning()
    try:
        weights = train(name, recipe, data, folder, resume, start)
    except (KeyboardInterrupt, SystemExit) as error:
        if not _is_interruption(error):
            raise
        words = ["sparsight", "train", name, *numbers, "--data", str(data), "--out", str(folder)]
        _say_how_to_resume(folder / CHECKPOINT, [*words, "--resume"])
        raise typer.Exit(INTERRUPTED) from None
    print(f"weights: {weights}")
    use = "restore mri KSPACE --mask MASK" if name.startswith("mri-") else "denoise PHOTO"
    print(f"try: sparsight {use} -o RESTORED --model {shlex.quote(str(weights))}")


def _is_interruption(error: BaseException) -> bool:
    """Lightning turns Ctrl-C into SystemExit."""
    return isinstance(error, KeyboardInterrupt) or isinstance(error.__context__, KeyboardInterrupt)


def _say_how_to_resume(checkpoint: Path, words: Sequence[str]) -> None:
    if checkpoint.is_file():
        report(f"interrupted; go on with: {shlex.join(words)}")
    else:
        report("interrupted before the first checkpoint; start again")


def _quiet_lightning() -> None:
    """Leaves out advice about processors and paid services; it sets its levels when imported."""
    import lightning.pytorch  # noqa: F401

    for name in ("pytorch", "fabric", "pytorch.utilities.rank_zero", "fabric.utilities.rank_zero"):
        logging.getLogger(f"lightning.{name}").setLevel(logging.WARNING)


def _check_installed() -> None:
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise ValueError(
            f"training needs {' and '.join(missing)}; install with: pip install 'sparsight[train]'"
        )


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
    return {key: value for key, value in numbers.items() if value != usual[key]}


def _plain(numbers: Mapping[str, Any]) -> str:
    return " ".join(f"{key}={value:g}" for key, value in numbers.items())
