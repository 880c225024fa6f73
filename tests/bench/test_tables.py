"""The registry of tables: data that fit together."""

import re
from pathlib import Path

import pytest

from sparsight.bench.papers import TABLES, table_of
from sparsight.bench.papers.tasks import DENOISING
from sparsight.bench.table import Column, Row, Table
from sparsight.bench.table_page import latex
from sparsight.recipes.book import RECIPES
from sparsight.recipes.signals import SIGNAL_RECIPES

README = Path(__file__).parents[2] / "README.md"


def test_known_figures_stand_where_they_should():
    gray = table_of("groupsc-gray")
    rows = {row.label: row for row in gray.rows}
    assert [column.level for column in gray.columns] == [5, 15, 25, 50]
    assert rows["GroupSC"].psnr == (37.95, 31.71, 29.20, 26.17)
    assert rows["GroupSC"].ssim[1:] == (0.8963, 0.8336, 0.7183)
    assert rows["SC"].psnr == (37.84, 31.46, 28.90, 25.84)


@pytest.mark.parametrize("name", TABLES)
def test_models_of_tables_can_be_trained(name):
    table = table_of(name)
    for row in table.rows:
        signals = {f"signals/{recipe}" for recipe in SIGNAL_RECIPES}
        of_all_levels = {re.sub(r"-\d+$", "", model) for model in row.models}
        assert of_all_levels <= {*RECIPES, *signals, *table.task.baselines}


def test_a_row_has_one_figure_per_column():
    columns = (Column("BSD68", 15.0), Column("BSD68", 25.0))
    with pytest.raises(ValueError, match="SC needs 2 figures"):
        Table("t", "p", "t", "s", DENOISING, columns, (Row("SC", (31.46,)),))


def test_a_row_may_have_a_model_per_column():
    assert Row("SC", (1.0, 2.0), models=("a", "b")).model(1) == "b"
    assert Row("SC", (1.0, 2.0), models=("a",)).model(1) == "a"
    assert Row("BM3D", (1.0, 2.0)).model(1) is None


def test_latex_escapes():
    record = {
        "source": "s",
        "level": "σ = {:g}",
        "columns": [{"dataset": "BSD68", "level": 15.0}],
        "rows": ["A & B, 50 %_"],
        "cells": [[{"published_psnr": 30.0, "psnr": 29.5, "model": "m", "images": 1}]],
    }
    assert "A \\& B, 50 \\%\\_ & m & 30.00 / 29.50 / $-$0.50 \\\\" in latex(record)


def test_the_readme_names_every_table():
    text = README.read_text(encoding="utf-8")
    assert [name for name in TABLES if f"`{name}`" not in text] == []
