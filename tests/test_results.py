"""The documents of results hold what was measured, nothing else."""

import json
from pathlib import Path

from benchmarks.blorc_report import report

RESULTS = Path(__file__).resolve().parents[1] / "docs" / "results"


def test_blorc_is_the_report_of_its_record():
    measured = json.loads((RESULTS / "blorc.json").read_text(encoding="utf-8"))
    assert (RESULTS / "blorc.md").read_text(encoding="utf-8") == report(measured)


def test_figures_of_blorc_are_there():
    text = (RESULTS / "blorc.md").read_text(encoding="utf-8")
    named = [part.split(")")[0] for part in text.split("](")[1:]]
    assert [name for name in named if not (RESULTS / name).is_file()] == []
