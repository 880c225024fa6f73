"""Files, folders and patterns become a list of pictures."""

from pathlib import Path

import pytest

from sparsight.files import FileError, find_images


@pytest.fixture
def tree(tmp_path, monkeypatch):
    for name in (
        "b.png", "a.JPG", "notes.txt", ".hidden.png", ".a.png.00ff.part", "a.png.part",
        "x/c.tiff", "x/y/d.webp", "x/y/e.tif", ".cache/f.png", "z/readme.md", "IMG[1].jpg",
    ):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"1")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def relative(*inputs) -> list[str]:
    return [str(short) for _, short in find_images(list(inputs))]


def test_folders_are_searched_and_keep_their_tree(tree):
    found = find_images([str(tree)])
    names = ["IMG[1].jpg", "a.JPG", "b.png", "x/c.tiff", "x/y/d.webp", "x/y/e.tif"]
    assert found == [(tree / name, Path(name)) for name in names]
    assert relative(".") == names
    assert relative("x") == ["c.tiff", "y/d.webp", "y/e.tif"]


def test_files_are_taken_whatever_their_ending(tree):
    assert relative("x/y/d.webp", "notes.txt") == ["d.webp", "notes.txt"]
    assert find_images([tree / "b.png"]) == [(tree / "b.png", Path("b.png"))]


def test_patterns_are_expanded(tree):
    assert relative("*.png") == ["b.png"]
    assert relative("x/*") == ["c.tiff", "y/d.webp", "y/e.tif"]
    assert relative("x/**") == ["c.tiff", "y/d.webp", "y/e.tif"]
    assert relative(str(tree / "**" / "*.tif*")) == ["x/c.tiff", "x/y/e.tif"]
    assert relative("x/?/[de].*") == ["y/d.webp", "y/e.tif"]


def test_a_name_that_looks_like_a_pattern_is_a_name_first(tree):
    assert relative("IMG[1].jpg") == ["IMG[1].jpg"]


def test_each_picture_comes_once_and_in_the_order_asked(tree):
    assert relative("x/c.tiff", "b.png", "x/c.tiff", "*.png") == ["c.tiff", "b.png"]


@pytest.mark.parametrize("name", ["z", "*.bmp", ".cache/*.jpg"])
def test_nothing_found(tree, name):
    with pytest.raises(FileError, match="no picture is found there; give files ending in"):
        find_images(["b.png", name])


def test_names_that_do_not_exist(tree):
    with pytest.raises(FileError, match=r"none\.png: there is no such file or folder"):
        find_images(["none.png"])
    with pytest.raises(FileError, match="no file was named"):
        find_images([])
