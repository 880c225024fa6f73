"""The program: its commands, and the boundary at which every error becomes one line."""

import io
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Annotated

import typer

import sparsight
from sparsight.cli import (
    bench,
    bench_deblock,
    bench_gaps,
    bench_mri,
    bench_stereo,
    bench_table,
    bench_upscale,
    datasets,
    deblock,
    demo,
    demosaick,
    denoise,
    denoise1d,
    explain,
    restore_group,
    restore_mri,
    train,
    upscale,
    variational,
    zoo,
)
from sparsight.cli.errors import FAILED, INTERRUPTED, TERMINATED, fail, report
from sparsight.cli.fit_strength import fit_strength

_EPILOG = (
    "Exit codes: 0 all is done, 1 something failed or a value cannot be used, 2 there is no such "
    "command or option, or a word stands where an option takes numbers alone, "
    "130 interrupted, 143 terminated, 70 an error of sparsight itself."
)

app = typer.Typer(
    name="sparsight",
    help="Restore images with sparse-coding priors that people can read.",
    epilog=_EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)
app.command()(denoise.denoise)
app.command()(denoise1d.denoise1d)
app.command()(upscale.upscale)
app.command()(deblock.deblock)
app.command()(demosaick.demosaick)
app.command()(demo.demo)
app.command()(zoo.zoo)
app.command()(train.train)
bench.app.command("mosaics")(bench_gaps.mosaics)
bench.app.command("inpaint", cls=bench_gaps.ManyShares)(bench_gaps.inpaint)
bench.app.command("deblock", cls=bench_deblock.ManyQualities)(bench_deblock.deblock)
bench.app.command("mri", cls=bench_mri.ManyValues)(bench_mri.mri)
bench.app.command("stereo")(bench_stereo.stereo)
bench.app.command("upscale", cls=bench_upscale.ManyFolders)(bench_upscale.upscale)
bench.app.command(bench_table.ANY)(bench_table.table)
app.add_typer(bench.app, name="bench", cls=bench_table.AnyTable)
app.add_typer(datasets.app, name="data")
app.command()(explain.explain)
for command in (variational.deblur, variational.inpaint, variational.denoise, fit_strength):
    restore_group.app.command()(command)
restore_group.app.command()(restore_mri.mri)
app.add_typer(restore_group.app, name="restore")


def _show_version(wanted: bool) -> bool:
    if wanted:
        print("sparsight", sparsight.__version__)
        raise typer.Exit
    return wanted


@app.callback()
def _every_command(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version and leave.", callback=_show_version),
    ] = False,
) -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; no error leaves it as a traceback.

    Args:
        arguments: without the program's name; those of the process by default.

    Returns:
        The exit code.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Names of files need not be text in any encoding.
        sys.stdout.reconfigure(errors="backslashreplace")
    with _ended_by_signals():
        try:
            code = _run(arguments)
            sys.stdout.flush()
        except BrokenPipeError:
            _forget_stdout()
            return FAILED
    return code


def _run(arguments: Sequence[str] | None) -> int:
    try:
        app(arguments, prog_name="sparsight")
    except SystemExit as stop:
        if _is_ctrl_c(stop):
            report("interrupted")
        return stop.code if isinstance(stop.code, int) else FAILED * (stop.code is not None)
    except KeyboardInterrupt:
        report("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        raise
    except Exception as error:
        stop = _stop_within(error)
        return fail(error) if stop is None else stop
    return 0


def _stop_within(error: Exception) -> int | None:
    """The exit code of a signal that Python, busy with importing, wrapped in another error."""
    cause = error.__cause__
    if isinstance(cause, KeyboardInterrupt):
        report("interrupted")
        return INTERRUPTED
    return cause.code if isinstance(cause, SystemExit) and isinstance(cause.code, int) else None


def _is_ctrl_c(stop: SystemExit) -> bool:
    """Typer leaves without a word on Ctrl-C; commands that have one leave by an Exit of theirs."""
    return isinstance(stop.__context__, typer.Exit) and isinstance(
        stop.__context__.__cause__, KeyboardInterrupt
    )


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Lets a polite kill or a closed terminal end the run as an exception, which cleans up."""
    taken = []
    if threading.current_thread() is threading.main_thread():
        named = [s for s in signal.Signals if s.name in ("SIGTERM", "SIGHUP")]
        taken = [s for s in named if signal.getsignal(s) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, _end)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _end(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(TERMINATED + number)


def _forget_stdout() -> None:
    """Nobody reads on; without this Python complains when it flushes at its end."""
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
