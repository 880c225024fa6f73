"""`sparsight restore`: the commands that undo a known degradation."""

import typer

app = typer.Typer(help="Undo a known degradation.", no_args_is_help=True)
