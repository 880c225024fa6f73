"""The command line; `sparsight --help` lists the commands."""

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; see `sparsight.cli.app.main`.

    Args:
        arguments: without the program's name; those of the process by default.

    Returns:
        The exit code.
    """
    try:
        from sparsight.cli.app import main as run
    except KeyboardInterrupt:  # while the commands load
        print("sparsight: interrupted", file=sys.stderr)
        return 130
    return run(arguments)


__all__ = ["main"]
