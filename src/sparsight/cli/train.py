"""`sparsight train`: trains a recipe on a folder of clean images."""

import logging
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from sparsight.cli.errors import INTERRUPTED, report
from sparsight.cli.tables import show_table

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
    clean: Annotated[
        Path | None, typer.Option(metavar="DIR", help="For critics: folder of clean images.")
    ] = None,
    degraded: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="For critics: degraded images, instead of noise."),
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
    show_list: Annotated[
        bool, typer.Option("--list", help="List the recipes and their numbers.")
    ] = False,
) -> None:
    """Train a recipe: a model and its training, in plain numbers."""
    if show_list:
        _show_recipes()
        return
    if clean is not None or degraded is not None or _is_critic(recipe):
        run_critic(recipe, numbers or [], clean or data, degraded, out, resume)
        return
    _run(recipe, numbers or [], data, out, resume, start)


def _is_critic(name: str | None) -> bool:
    from sparsight.recipes import RECIPES
    from sparsight.recipes.alr import CriticSchedule

    return name in RECIPES and isinstance(RECIPES[name].schedule, CriticSchedule)


def run_critic(
    name: str | None,
    numbers: Sequence[str],
    clean: Path | None,
    degraded: Path | None,
    out: Path | None,
    resume: bool,
) -> None:
    """Trains a critic.

    Args:
        name: of the recipe.
        numbers: KEY=VALUE; sigma=LOW..HIGH in [0, 1] units stands for both ends of the noise.
        clean: folder of clean images.
        degraded: folder of degraded ones, or None for noise.
        out: folder of the run.
        resume: go on from its checkpoint.

    Raises:
        ValueError: the recipe is none of a critic, or there are no images.
    """
    from sparsight.recipes import RECIPES, bind

    if name is None or not _is_critic(name):
        critics = ", ".join(filter(_is_critic, RECIPES))
        raise ValueError(f"{name} takes --data; --clean and --degraded are for {critics}")
    recipe = bind(name, [pair for text in numbers for pair in noise_range(text)])
    if clean is None:
        raise ValueError("no images were named; give --clean DIR")
    if degraded is not None and any(text.startswith("sigma") for text in numbers):
        raise ValueError("degraded images get no noise; give --degraded or sigma=, not both")
    check_installed()
    from sparsight.training.adversary import train_critic
    from sparsight.training.run import CHECKPOINT

    folder = Path("runs", name) if out is None else out
    words = ["sparsight", "train", name, *numbers, "--clean", str(clean), "--out", str(folder)]
    words += [] if degraded is None else ["--degraded", str(degraded)]
    with resumable(folder / CHECKPOINT, words):
        weights = train_critic(name, recipe, clean, folder, degraded, resume)
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
        raise ValueError(f"no recipe was named; there are {', '.join(RECIPES)}")
    recipe = bind(name, numbers)
    if data is None:
        raise ValueError("no images were named; give --data DIR")
    check_installed()
    from sparsight.training.run import CHECKPOINT, train

    folder = Path("runs", name) if out is None else out
    words = ["sparsight", "train", name, *numbers, "--data", str(data), "--out", str(folder)]
    with resumable(folder / CHECKPOINT, words):
        weights = train(name, recipe, data, folder, resume, start)
    print(f"weights: {weights}")
    use = "restore mri KSPACE --mask MASK" if name.startswith("mri-") else "denoise PHOTO"
    print(f"try: sparsight {use} -o RESTORED --model {shlex.quote(str(weights))}")


@contextmanager
def resumable(checkpoint: Path, words: Sequence[str]) -> Iterator[None]:
    """Says after Ctrl-C how the training goes on.

    Args:
        checkpoint: of the run.
        words: the command line, without --resume.
    """
    _quiet_lightning()
    try:
        yield
    except (KeyboardInterrupt, SystemExit) as error:
        if not _is_interruption(error):
            raise
        _say_how_to_resume(checkpoint, [*words, "--resume"])
        raise typer.Exit(INTERRUPTED) from None


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


def check_installed() -> None:
    """Refuses to train without the libraries of training."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise ValueError(
            f"training needs {' and '.join(missing)}; install with: pip install 'sparsight[train]'"
        )


def _show_recipes() -> None:
    from sparsight.recipes import RECIPES
    from sparsight.recipes.schedule import Schedule

    usual = asdict(Schedule())
    rows = [
        [name, _plain(recipe.arguments()), _plain(_others(asdict(recipe.schedule), usual))]
        for name, recipe in RECIPES.items()
    ]
    show_table(["recipe", "model", "training"], rows)
    print(f"Training, where nothing else is said: {_plain(usual)}")
    print("Change a number with KEY=VALUE, e.g.: sparsight train sc-gray depth=12 --data DIR")


def _others(numbers: Mapping[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in numbers.items() if value != usual.get(key)}


def _plain(numbers: Mapping[str, Any]) -> str:
    return " ".join(f"{key}={value:g}" for key, value in numbers.items())
