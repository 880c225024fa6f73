"""How far a training is: a bar on a terminal, a line now and then elsewhere."""

import sys

import lightning
from lightning.pytorch.callbacks import ProgressBar
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class StepProgress(ProgressBar):
    """Counts the steps of a run, also of one that was resumed, and tells what was logged last.

    Args:
        steps: of the whole run.
        every: steps between lines, where stderr is no terminal.
    """

    def __init__(self, steps: int, every: int):
        super().__init__()
        self.steps = steps
        self.every = every
        console = Console(stderr=True)
        self.bar = Progress(
            TextColumn("step"),
            MofNCompleteColumn(),
            BarColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.description}"),
            console=console,
            disable=not console.is_terminal,
        )
        self.task = self.bar.add_task("", total=steps)

    def disable(self):
        """Lightning's word for showing nothing; a run has one process and one bar."""

    def on_train_start(self, trainer: "lightning.Trainer", pl_module):  # noqa: D102
        self.bar.update(self.task, completed=pl_module.step)  # pyright: ignore[reportArgumentType]
        self.bar.start()

    def on_train_batch_end(self, trainer, pl_module, *_):  # noqa: D102
        step = pl_module.step
        shown = trainer.progress_bar_metrics
        known = ", ".join(f"{name} {value:.4g}" for name, value in shown.items())
        self.bar.update(self.task, completed=step, description=known)
        if self.bar.disable and step % self.every == 0:
            print(f"step {step} of {self.steps}: {known}", file=sys.stderr, flush=True)

    def on_train_end(self, trainer, pl_module):  # noqa: D102
        self.bar.stop()

    def on_exception(self, trainer, pl_module, exception):  # noqa: D102
        self.bar.stop()
