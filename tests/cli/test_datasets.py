"""`sparsight data`."""

import shutil
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image
from tests.data.makers import NAMES, make_set, pin

from sparsight.data.sets import DATASETS, Dataset


@pytest.fixture
def source(tmp_path, monkeypatch):
    """A set called tiny, offered in a folder; nobody has it yet."""
    folder = make_set(tmp_path / "source" / "tiny")
    pin(folder, tmp_path / "pins", monkeypatch)
    for name in list(DATASETS):
        monkeypatch.delitem(DATASETS, name)
    monkeypatch.setitem(DATASETS, "tiny", Dataset("tiny", "three pictures", "free"))
    monkeypatch.setenv("SPARSIGHT_DATA", str(tmp_path / "sets"))
    return folder


@pytest.fixture
def server(source):
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format, *args):
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=source.parent)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_list_says_where_and_whether(run, source, tmp_path):
    assert "not there" in run("data", "list").out
    mine = shutil.copytree(source, tmp_path / "sets" / "tiny")
    assert "complete, all images as pinned" in run("data", "list").out
    (mine / "b.png").write_bytes((mine / "a.png").read_bytes())
    outcome = run("data", "list")
    assert outcome.code == 0
    assert "b.png differs from the image that was pinned" in " ".join(outcome.out.split())


def test_list_without_a_folder_says_how_to_name_one(run, source, monkeypatch, tmp_path):
    monkeypatch.delenv("SPARSIGHT_DATA")
    monkeypatch.setattr("sparsight.data.places.settings_file", lambda: tmp_path / "data.toml")
    outcome = run("data", "list")
    assert outcome.code == 0
    assert "nobody says where" in outcome.out
    assert "Set SPARSIGHT_DATA" in outcome.out


def test_where_prints_the_folder_of_a_good_set_only(run, source, tmp_path):
    lost = run("data", "where", "tiny")
    assert (lost.code, "is not a folder" in lost.err) == (1, True)
    mine = shutil.copytree(source, tmp_path / "sets" / "tiny")
    assert run("data", "where", "tiny").out == f"{mine}\n"
    (mine / "c.png").unlink()
    outcome = run("data", "where", "tiny")
    assert (outcome.code, "c.png is missing" in outcome.err) == (1, True)
    assert outcome.out == ""
    assert "no dataset is called huge; there are tiny" in run("data", "where", "huge").err


def test_fetch_from_a_server_and_once_only(run, source, server, tmp_path):
    outcome = run("data", "fetch", "tiny", "--from", f"{server}/tiny")
    assert outcome.code == 0, outcome.err
    assert "3 downloaded, 0 there already" in outcome.out
    assert "terms: free" in outcome.out
    mine = tmp_path / "sets" / "tiny"
    assert sorted(path.name for path in mine.iterdir()) == list(NAMES)
    (mine / "b.png").unlink()
    assert "1 downloaded, 2 there" in run("data", "fetch", "tiny", "--from", str(source)).out
    assert run("data", "where", "tiny").code == 0


def test_fetch_of_an_image_that_was_cut_short(run, source, server, tmp_path, monkeypatch):
    length = SimpleHTTPRequestHandler.send_header

    def longer(self, name, value):
        length(self, name, str(int(value) + 9) if name == "Content-Length" else value)

    monkeypatch.setattr(SimpleHTTPRequestHandler, "send_header", longer)
    outcome = run("data", "fetch", "tiny", "--from", f"{server}/tiny")
    assert outcome.code == 1
    assert "cannot be reached (IncompleteRead" in outcome.err
    assert outcome.err.count("\n") == 1
    assert not list(tmp_path.rglob("*.part*"))


def test_fetch_tries_each_address(source, server, tmp_path, monkeypatch, run):
    addresses = (f"{server}/nowhere", f"{server}/tiny")
    monkeypatch.setitem(DATASETS, "tiny", Dataset("tiny", "", "free", addresses))
    assert run("data", "fetch", "tiny", "-o", tmp_path / "new").code == 0
    assert len(list((tmp_path / "new").iterdir())) == 3


def test_fetch_keeps_no_image_that_is_another(run, source, tmp_path):
    (source / "b.png").write_bytes((source / "a.png").read_bytes())
    outcome = run("data", "fetch", "tiny", "--from", source)
    assert outcome.code == 1
    assert "b.png is not the image that was pinned; it was not kept" in outcome.err
    assert [path.name for path in (tmp_path / "sets" / "tiny").iterdir()] == ["a.png"]


@pytest.mark.parametrize("ending", [".png", ".bmp"])
def test_fetch_leaves_a_file_that_is_another(run, source, tmp_path, ending):
    run("data", "fetch", "tiny", "--from", source)
    mine = tmp_path / "sets/tiny" / f"b{ending}"
    Image.new("L", (4, 4), 77).save(mine)
    before = mine.read_bytes()
    outcome = run("data", "fetch", "tiny", "--from", source)
    assert (outcome.code, outcome.err.count("\n")) == (1, 1)
    assert f"{mine} differs from the image that was pinned" in outcome.err
    assert "move it away, then fetch again" in outcome.err
    assert mine.read_bytes() == before
    assert str(mine) in run("data", "where", "tiny").err
    mine.write_bytes(before[:30])
    cut = run("data", "fetch", "tiny", "--from", source)
    assert (cut.code, "move it away, then fetch again" in cut.err) == (1, True)
    mine.unlink()
    assert run("data", "fetch", "tiny", "--from", source).code == 0
    assert run("data", "where", "tiny").code == 0


def test_fetch_without_address_or_network(run, source, tmp_path):
    outcome = run("data", "fetch", "tiny")
    assert outcome.code == 1
    assert "tiny is offered nowhere image by image; ask its authors" in outcome.err
    outcome = run("data", "fetch", "tiny", "--from", "http://127.0.0.1:9")
    assert outcome.code == 1
    assert "http://127.0.0.1:9/a.png cannot be reached" in outcome.err
    assert outcome.err.count("\n") == 1
    (source / "c.png").unlink()
    assert "c.png is at none of" in run("data", "fetch", "tiny", "--from", source).err


class Archives(ModuleType):
    """What deepinv.datasets does, without a network."""

    def __init__(self, source: Path):
        super().__init__("deepinv.datasets")
        self.source = source

    def Tiny(self, root: str, download: bool, verbose: bool) -> None:
        assert download
        if not self.source.is_dir():
            raise ConnectionError("no route")
        shutil.copytree(self.source, Path(root) / "Tiny_HR")


def test_fetch_of_an_archive(run, source, tmp_path, monkeypatch):
    monkeypatch.setitem(DATASETS, "tiny", Dataset("tiny", "", "free", archive="Tiny"))
    monkeypatch.setitem(sys.modules, "deepinv", ModuleType("deepinv"))
    monkeypatch.setitem(sys.modules, "deepinv.datasets", None)
    lacking = run("data", "fetch", "tiny")
    assert (lacking.code, "pip install 'sparsight[deepinv]'" in lacking.err) == (1, True)
    archives = Archives(source)
    monkeypatch.setitem(sys.modules, "deepinv.datasets", archives)
    monkeypatch.setattr(sys.modules["deepinv"], "datasets", archives, raising=False)
    assert "3 downloaded, 0 there" in run("data", "fetch", "tiny").out
    assert run("data", "where", "tiny").code == 0
    assert sorted(path.name for path in (tmp_path / "sets/tiny").iterdir()) == list(NAMES)
    assert "0 downloaded, 3 there" in run("data", "fetch", "tiny").out
    (source / "c.png").write_bytes((source / "a.png").read_bytes())
    other = run("data", "fetch", "tiny", "-o", tmp_path / "other")
    assert "c.png is not the image that was pinned" in other.err
    assert list((tmp_path / "other").iterdir()) == []
    shutil.rmtree(source)
    lost = run("data", "fetch", "tiny", "-o", tmp_path / "other")
    assert (lost.code, "cannot be reached" in lost.err, lost.err.count("\n")) == (1, True, 1)
