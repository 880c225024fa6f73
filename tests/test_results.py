"""The documents of results hold what was measured, nothing else."""

import hashlib
import json
from pathlib import Path

import pytest
from benchmarks.alr_document import document
from benchmarks.blorc_report import report
from benchmarks.nsr_document import page
from benchmarks.publish import read_table

from sparsight.bench import read_record
from sparsight.bench.papers import TABLES, tables_of
from sparsight.bench.table_page import save_table
from sparsight.zoo import card, weights_path

RESULTS = Path(__file__).resolve().parents[1] / "docs" / "results"


def test_blorc_is_the_report_of_its_record():
    measured = json.loads((RESULTS / "blorc.json").read_text(encoding="utf-8"))
    assert (RESULTS / "blorc.md").read_text(encoding="utf-8") == report(measured)


def test_figures_of_blorc_are_there():
    text = (RESULTS / "blorc.md").read_text(encoding="utf-8")
    named = [part.split(")")[0] for part in text.split("](")[1:]]
    assert [name for name in named if not (RESULTS / name).is_file()] == []


def test_nsr_is_the_page_of_its_records():
    benches = read_record(RESULTS / "nsr.json")["benches"]
    files = [RESULTS / f"nsr_{name}.json" for name in ("ablation", "overhead")]
    beside = [read_record(path) if path.exists() else None for path in files]
    assert (RESULTS / "nsr.md").read_text(encoding="utf-8") == page(benches, *beside)


def test_alr_is_the_document_of_its_record():
    measured = json.loads((RESULTS / "alr.json").read_text(encoding="utf-8"))
    text = (RESULTS / "alr.md").read_text(encoding="utf-8")
    assert text == document(measured)
    named = [part.split(")")[0] for part in text.split("](")[1:]]
    assert [name for name in named if not (RESULTS / name).is_file()] == []


def test_pages_of_tables_are_what_their_records_say(tmp_path):
    folder = tmp_path / RESULTS.name
    folder.mkdir()
    measured = [name for name in TABLES if (RESULTS / f"{name}.json").is_file()]
    for name in measured:
        save_table(read_record(RESULTS / f"{name}.json"), folder, tables_of(TABLES[name].page))
    assert "groupsc.md" in {path.name for path in folder.iterdir()}
    for path in folder.iterdir():
        assert (RESULTS / path.name).read_text(encoding="utf-8") == path.read_text(encoding="utf-8")


MEASURED = sorted(name for name in TABLES if (RESULTS / f"{name}.json").is_file())


@pytest.mark.parametrize("name", MEASURED)
def test_tables_are_measured_with_the_weights_that_are_shipped(name):
    cells = [cell for row in read_record(RESULTS / f"{name}.json")["cells"] for cell in row]
    used = {(cell["model"], cell["weights_sha256"]) for cell in cells if cell.get("weights_sha256")}
    shipped = {
        (model, hashlib.sha256(weights_path(model).read_bytes()).hexdigest()) for model, _ in used
    }
    assert used == shipped


@pytest.mark.parametrize("name", ["groupsc-gray", "groupsc-color", "demosaick", "jpeg"])
def test_tables_and_cards_say_the_same(name):
    record = read_record(RESULTS / f"{name}.json")
    cells = [cell for row in record["cells"] for cell in row]
    for model in {cell["model"] for cell in cells if cell.get("weights_sha256")}:
        told = {
            (bench["data"], level_of(result)): result["psnr"]
            for bench in card(model)["bench"]
            for result in bench["results"]
        }
        for bench in read_table(record, model):
            found = {(bench["data"], level_of(r)): r["psnr"] for r in bench["results"]}
            assert {key: told.get(key) for key in found} == pytest.approx(found, abs=0.01)


def level_of(result: dict) -> float | str:
    """At what a figure of a card was measured."""
    return next(result[key] for key in ("sigma", "jpeg_quality", "pattern") if key in result)
