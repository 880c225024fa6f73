"""The command line; `sparsight --help` lists the commands."""

from sparsight.cli.app import main

__all__ = ["main"]
