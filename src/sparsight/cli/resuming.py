"""What all trainings on the command line share: the libraries they need, and Ctrl-C."""

import logging
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import typer

from sparsight.cli.errors import INTERRUPTED, report

_NEEDED = ("lightning", "tensorboard")


@contextmanager
def resumable(checkpoint: Path, words: Sequence[str]) -> Iterator[None]:
    """Says how a training goes on that Ctrl-C or a polite kill ended.

    Args:
        checkpoint: of the run.
        words: the command line, without --resume.
    """
    _quiet_lightning()
    try:
        yield
    except (KeyboardInterrupt, SystemExit) as error:
        _say_how_to_resume(checkpoint, [*words, "--resume"])
        if not _is_interruption(error):
            raise
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
