"""The papers' tables as data: a file per paper, published figures beside the models that answer.

A further table is one more entry in the file of its paper; a further task (colour, JPEG, scans) is
one more in `tasks.py`, with how its models are loaded, how they are measured, and the protocol.
Cells whose models are not shipped yet stand with the published figure alone.
"""

from sparsight.bench.papers import alr, blorc, games, groupsc, nsr
from sparsight.bench.table import Table

_PAPERS = (groupsc, games, nsr, blorc, alr)
TABLES: dict[str, Table] = {table.name: table for paper in _PAPERS for table in paper.TABLES}


def table_of(name: str) -> Table:
    """A table by its name.

    Raises:
        ValueError: there is none of this name.
    """
    if name not in TABLES:
        raise ValueError(f"no table is called {name}; there are {', '.join(TABLES)}")
    return TABLES[name]


def tables_of(page: str) -> list[str]:
    """The names of the tables that stand on a page, in order."""
    return [name for name, table in TABLES.items() if table.page == page]
