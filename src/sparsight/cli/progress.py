"""A progress bar that appears only when there is something to wait for."""

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_SOON = 1.0
_FIRST_LOOK = 0.2


class Waiting:
    """Shows on stderr how far the run is, once more than a second of waiting is foreseen.

    Nothing is shown where stderr is no terminal. While the bar is up, lines that are printed
    appear above it.

    Args:
        parts: how many pieces of work there are, taken to be of like size.
    """

    def __init__(self, parts: int) -> None:
        self._parts = parts
        self._done = 0.0
        self._label = ""
        self._start = time.monotonic()
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Takes the bar away."""
        if self._bar is not None:
            self._bar.stop()

    def begin(self, number: int, label: str, steps: int) -> Callable[..., None]:
        """Begins a piece.

        Args:
            number: of the piece, from 0.
            label: what it is called.
            steps: how many steps it has.

        Returns:
            What to call after each step, with a new label if there is one.
        """
        self._label = label
        count = 0

        def step(news: str | None = None) -> None:
            nonlocal count
            self._label = news or self._label
            count += 1
            self._reach(number + min(1.0, count / steps))

        return step

    def _reach(self, done: float) -> None:
        self._done = done
        spent = time.monotonic() - self._start
        left = spent / done * (self._parts - done)
        if self._bar is None and spent > _FIRST_LOOK and left > _SOON:
            self._show()
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, description=self._label)

    def _show(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
        from rich.progress import TimeRemainingColumn as Remaining

        console = Console(stderr=True)
        if not console.is_terminal:
            return
        name = TextColumn("{task.description}", markup=False)
        self._bar = Progress(
            name,
            BarColumn(),
            TaskProgressColumn(),
            Remaining(),
            console=console,
            transient=True,
            # A redirected stdout must not end up on the terminal.
            redirect_stdout=sys.stdout.isatty(),
        )
        self._task = self._bar.add_task(self._label, total=self._parts)
        self._bar.start()
