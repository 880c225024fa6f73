"""The documents do what they say: code runs, tables name what there is."""

import re
from dataclasses import asdict
from pathlib import Path

import pytest

from sparsight.recipes.schedule import Schedule

REPOSITORY = Path(__file__).resolve().parents[1]
DOCS = REPOSITORY / "docs"


def python_blocks(text: str) -> list[str]:
    """The Python of a document, each block on the lines that it has there."""
    blocks = re.finditer(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return ["\n" * text[: block.start(1)].count("\n") + block[1] for block in blocks]


@pytest.mark.filterwarnings("ignore")  # DeepInverse warns of itself
@pytest.mark.parametrize("document", ["add_a_penalty.md", "variational.md"])
def test_python_of_a_document_runs(document):
    if document == "variational.md":
        pytest.importorskip("deepinv")
    path = DOCS / document
    namespace = {"__name__": path.stem}
    blocks = python_blocks(path.read_text(encoding="utf-8"))
    assert blocks
    for block in blocks:
        exec(compile(block, path, "exec"), namespace)


def cells(document: str) -> list[list[str]]:
    """The cells of all tables, row by row."""
    lines = (DOCS / document).read_text(encoding="utf-8").splitlines()
    rows = [line.strip("|").split("|") for line in lines if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows]


def test_every_number_of_the_schedule_is_explained():
    rows = {row[0].strip("`"): row[1] for row in cells("training.md") if row[0].startswith("`")}
    expected = {key: f"{value:g}" for key, value in asdict(Schedule()).items()}
    assert {key: rows.get(key) for key in expected} == expected


def test_names_of_the_notation_are_in_the_code():
    source = "".join(path.read_text(encoding="utf-8") for path in REPOSITORY.glob("src/**/*.py"))
    text = "".join(cell for row in cells("notation.md") for cell in row)
    names = re.findall(r"`([A-Za-z_.]+)`", text)
    assert len(names) > 20
    missing = [name for name in names if not re.search(rf"\b{name.split('.')[-1]}\b", source)]
    assert missing == []


@pytest.mark.parametrize(
    "document", [REPOSITORY / "README.md", *sorted(DOCS.rglob("*.md"))], ids=lambda path: path.name
)
def test_links_lead_somewhere(document):
    text = document.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", text)
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (document.parent / link).exists()] == []
