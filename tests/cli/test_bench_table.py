"""`sparsight bench table`, on a small table of a small set."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from tests.data.makers import make_set, pin

from sparsight.bench import bench_denoise
from sparsight.bench.papers import TABLES
from sparsight.bench.papers.tasks import DENOISING
from sparsight.bench.table import Column, Row, Table, Task
from sparsight.data import image_paths
from sparsight.zoo import load_denoiser


@pytest.fixture
def sets(tmp_path, monkeypatch):
    folder = make_set(tmp_path / "sets" / "tiny", (40, 36))
    pin(folder, tmp_path / "pins", monkeypatch)
    return folder.parent


@pytest.fixture
def table(sets, zoo_folder, monkeypatch):
    table = Table(
        name="some-gray",
        page="some",
        title="Grey denoising",
        source="Some, table 1",
        task=DENOISING,
        columns=(Column("tiny", 15.0), Column("tiny", 25.0)),
        rows=(
            Row("Rival", (30.0, 28.0), (0.9, None)),
            Row("SC", (31.5, None), models=("sc-gray",)),
            Row("CSR", (31.6, 29.1), models=("csr-gray",)),
        ),
    )
    monkeypatch.setitem(TABLES, "some-gray", table)
    return table


@pytest.fixture
def bench(run, sets, tmp_path):
    (tmp_path / "out").mkdir()
    return lambda *words: run("bench", "some-gray", "--data", sets, *words)


def read(tmp_path) -> dict:
    return json.loads((tmp_path / "out" / "some-gray.json").read_text())


def test_a_table_holds_published_measured_and_difference(bench, table, sets, tmp_path):
    outcome = bench("-o", tmp_path / "out")
    assert outcome.code == 0, outcome.err
    record = read(tmp_path)
    paths = image_paths(sets / "tiny")
    for column, sigma in enumerate((15.0, 25.0)):
        result = bench_denoise(load_denoiser("sc-gray"), paths, sigma)
        cell = record["cells"][1][column]
        assert cell["psnr"] == pytest.approx(result.psnr, abs=1e-4)
        assert cell["ssim"] == pytest.approx(result.ssim, abs=1e-4)
        assert cell["images"] == 3
    measured = round(record["cells"][1][0]["psnr"], 2)
    gap = round(measured - 31.5, 2)
    text = f"31.50 / {measured:.2f} / {'−' if gap < 0 else '+'}{abs(gap):.2f}"
    page = (tmp_path / "out" / "some.md").read_text()
    assert text in outcome.out
    assert text in page
    assert "sparsight bench some-gray" in page
    assert f"– / {record['cells'][1][1]['psnr']:.2f}" in page
    assert "psnr" not in record["cells"][0][0]
    assert record["cells"][2][0] == {"published_psnr": 31.6}
    tex = (tmp_path / "out" / "some-gray.tex").read_text()
    assert "Rival &  & 30.00 & 28.00 \\\\" in tex
    assert f"{gap:+.2f}".replace("-", "$-$") in tex


def test_other_images_are_refused_by_name(bench, table, sets):
    with Image.open(sets / "tiny" / "b.png") as image:
        image.rotate(180).save(sets / "tiny" / "b.png")
    outcome = bench()
    assert outcome.code == 1
    assert "b.png differs from the image that was pinned" in outcome.err
    assert outcome.err.count("\n") == 1


def test_resuming_keeps_what_has_the_same_inputs(bench, table, tmp_path, monkeypatch):
    bench("-o", tmp_path / "out")
    first = (tmp_path / "out" / "some-gray.json").read_text()
    calls = []

    def measure(*arguments):
        calls.append(arguments)
        return DENOISING.measure(*arguments)

    counted = replace(table, task=replace(table.task, measure=measure))
    monkeypatch.setitem(TABLES, "some-gray", counted)
    assert bench("-o", tmp_path / "out", "--resume").code == 0
    assert calls == []
    assert (tmp_path / "out" / "some-gray.json").read_text() == first
    other = replace(counted.task, protocol={**table.task.protocol, "output": "rounded"})
    monkeypatch.setitem(TABLES, "some-gray", replace(counted, task=other))
    bench("-o", tmp_path / "out", "--resume")
    assert len(calls) == 2
    bench("-o", tmp_path / "out", "--resume", "--limit", "2")
    assert len(calls) == 4
    assert {cell["images"] for cell in read(tmp_path)["cells"][1]} == {2}
    assert "first 2 images alone" in (tmp_path / "out" / "some.md").read_text()


def test_tables_share_cells(bench, run, table, sets, tmp_path, monkeypatch):
    assert bench("-o", tmp_path / "out").code == 0

    def measure(*arguments):
        raise AssertionError("measured before")

    task = replace(table.task, measure=measure)
    monkeypatch.setitem(TABLES, "other-gray", replace(table, name="other-gray", task=task))
    outcome = run("bench", "other-gray", "--data", sets, "-o", tmp_path / "out", "--resume")
    assert outcome.code == 0, outcome.err
    other = json.loads((tmp_path / "out" / "other-gray.json").read_text())
    assert other["cells"] == read(tmp_path)["cells"]


def test_sets_that_are_not_to_be_had_are_quoted(bench, table, tmp_path, monkeypatch):
    columns = (table.columns[0], Column("Urban100", 15.0, quoted=True))
    monkeypatch.setitem(TABLES, "some-gray", replace(table, columns=columns))
    assert bench("-o", tmp_path / "out").code == 0
    rival, own, _ = read(tmp_path)["cells"]
    assert rival[1] == {"published_psnr": 28.0, "published_ssim": None}
    assert ["psnr" in cell for cell in own] == [True, False]
    page = (tmp_path / "out" / "some.md").read_text()
    assert "| method | model | tiny, σ = 15 | Urban100, σ = 15 |" in page
    # SSIM of the other set is neither published nor measured.
    assert "| method | model | tiny, σ = 15 |\n" in page


def test_a_task_may_need_further_sets_and_have_baselines(bench, table, sets, tmp_path, monkeypatch):
    masks = sets / "masks"
    masks.mkdir()
    np.save(masks / "m.npy", np.eye(4))
    pin(masks, tmp_path / "pins", monkeypatch)
    seen = []

    def measure(model, cell, step):
        seen.append((model, [path.name for path in cell.others["masks"]], len(cell.images)))
        return {"psnr": 1.0, "odd": 2.0}

    task = Task(
        load=load_denoiser,
        measure=measure,
        level="{:g} %",
        protocol={},
        metrics={"psnr": "PSNR", "odd": "Oddness"},
        needs=("masks",),
        baselines={"nothing": 7},
    )
    rows = (Row("Bare", (1.5, None), models=("nothing",), published={"odd": (2.5, 3.0)}),)
    monkeypatch.setitem(TABLES, "some-gray", replace(table, task=task, rows=rows))
    outcome = bench("-o", tmp_path / "out", "--limit", "2")
    assert outcome.code == 0, outcome.err
    assert seen == [(7, ["m.npy"], 2)] * 2
    page = (tmp_path / "out" / "some.md").read_text()
    assert "| Bare | nothing | 1.50 / 1.00 / −0.50 | – / 1.00 |" in page
    assert "Oddness: published / measured here / difference" in page
    assert "| Bare | nothing | 2.50 / 2.00 / −0.50 | 3.00 / 2.00 / −1.00 |" in page
    np.save(masks / "m.npy", np.ones((4, 4)))
    assert "m.npy differs from the image that was pinned" in bench().err


def test_a_row_may_have_settings_of_its_own(bench, table, tmp_path, monkeypatch):
    """The same weights at another quality are another cell: measured, not taken over."""
    asked = []

    def load(name, quality="balanced"):
        asked.append(quality)
        return load_denoiser(name, quality)

    own = next(row for row in table.rows if row.models)
    best = replace(own, label="Own, best", settings={"quality": "best"})
    task = replace(table.task, load=load)
    monkeypatch.setitem(TABLES, "some-gray", replace(table, task=task, rows=(own, best)))
    for _ in range(2):
        assert bench("-o", tmp_path / "out", "--resume").code == 0
    assert asked == ["balanced", "best"]
    usual, other = read(tmp_path)["cells"]
    assert all("settings" not in cell for cell in usual)
    assert all(cell["settings"] == {"quality": "best"} for cell in other)


def test_an_interrupted_table_keeps_its_cells(bench, table, tmp_path, monkeypatch):
    levels = []

    def measure(model, cell, step):
        levels.append(cell.level)
        if len(levels) == 2:
            raise KeyboardInterrupt
        return DENOISING.measure(model, cell, step)

    stopped = replace(table, task=replace(table.task, measure=measure))
    monkeypatch.setitem(TABLES, "some-gray", stopped)
    outcome = bench("-o", tmp_path / "out")
    assert (outcome.code, outcome.err.splitlines()[-1]) == (130, "sparsight: interrupted")
    assert ["psnr" in cell for cell in read(tmp_path)["cells"][1]] == [True, False]
    assert bench("-o", tmp_path / "out", "--resume").code == 0
    assert levels == [15, 25, 25]
    assert ["psnr" in cell for cell in read(tmp_path)["cells"][1]] == [True, True]


def test_bad_words_are_one_line(bench, run, table, tmp_path):
    (tmp_path / "file").touch()
    lost = bench("-o", tmp_path / "file")
    assert (lost.code, "is not a folder; give another name" in lost.err) == (1, True)
    assert bench("-o", tmp_path / "new" / "folder").code == 0
    assert (tmp_path / "new" / "folder" / "some-gray.json").is_file()
    alone = bench("--resume")
    assert (alone.code, "--resume goes with -o" in alone.err) == (1, True)
    unknown = run("bench", "nothing-gray")
    assert unknown.code == 1
    assert "no table is called nothing-gray; there are groupsc-gray" in unknown.err
    (tmp_path / "out" / "some-gray.json").write_text("[]")
    spoilt = bench("-o", tmp_path / "out", "--resume")
    assert (spoilt.code, "holds no results; remove it" in spoilt.err) == (1, True)


def test_what_stands_in_the_way_is_told_before_the_work(bench, table, tmp_path, monkeypatch):
    out = tmp_path / "out"
    monkeypatch.setattr("sparsight.bench.measure.measure_table", lambda *_: pytest.fail("measured"))
    (out / "some.md").mkdir()
    assert "some.md is a folder; choose another" in bench("-o", out).err
    (out / "some.md").rmdir()
    monkeypatch.setitem(TABLES, "other-gray", replace(table, name="other-gray"))
    for spoilt in ({"results": []}, {"columns": [1], "rows": [1], "cells": ["abc"]}):
        (out / "other-gray.json").write_text(json.dumps(spoilt))
        outcome = bench("-o", out)
        assert (outcome.code, "no results of a table; remove it" in outcome.err) == (1, True)


def test_all_does_what_data_and_weights_permit(run, table, sets, tmp_path, monkeypatch):
    untrained = replace(table, name="untrained", rows=table.rows[2:])
    make_set(tmp_path / "lost")
    pin(tmp_path / "lost", tmp_path / "pins", monkeypatch)
    columns = (Column("lost", 15.0), Column("lost", 25.0))
    lost = replace(table, name="lost", columns=columns)
    some = {"some-gray": table, "untrained": untrained, "lost": lost}
    monkeypatch.setattr("sparsight.bench.papers.TABLES", some)
    outcome = run("bench", "table", "all", "--data", sets, "--limit", "1", "-o", tmp_path)
    assert outcome.code == 1
    assert outcome.err.startswith(f"sparsight: lost: {sets / 'lost'} is not a folder")
    assert sorted(path.name for path in tmp_path.glob("*.json")) == ["some-gray.json"]


def test_a_real_table_on_one_image(run, shared_data):
    outcome = run("bench", "games-gray", "--data", shared_data, "--limit", "1")
    assert outcome.code == 0, outcome.err
    row = next(line for line in outcome.out.splitlines() if "tv-gray" in line)
    assert "28.24 / " in row
