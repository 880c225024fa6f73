"""What all tests share: checked shapes, few threads, the folders of data and golden vectors."""

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from beartype import beartype
from beartype.door import is_bearable
from beartype.roar import BeartypeException
from jaxtyping import install_import_hook

REPOSITORY = Path(__file__).resolve().parents[1]


def _checkable(annotation: Any) -> bool:
    try:
        is_bearable(None, annotation)
    except BeartypeException:
        return False
    return True


def check_types(function: Callable) -> Callable:
    """Beartype, deaf to what it cannot check: Self, and protocols not checkable at run time.

    jaxtyping hands over a stand-in of each function, so its annotations may be cut. Beartype
    cannot be traced, so nothing is checked while torch.compile compiles.
    """
    if "<locals>" in function.__qualname__:  # made anew at each call, so checking would be too
        return function
    annotations = function.__annotations__
    function.__annotations__ = {k: v for k, v in annotations.items() if _checkable(v)}
    checked = beartype(function)

    @functools.wraps(function)
    def check(*args, **kwargs):
        return (function if torch.compiler.is_compiling() else checked)(*args, **kwargs)

    return check


# Shape annotations are checked in tests only, and only in modules imported from here on;
# SPARSIGHT_CHECK_SHAPES=0 leaves the check out (to debug, to time).
if os.environ.get("SPARSIGHT_CHECK_SHAPES", "1") != "0":
    install_import_hook("sparsight", f"{__name__}.check_types")

torch.set_num_threads(min(2, torch.get_num_threads()))


def _folder(variable: str, default: Path) -> Path:
    folder = Path(os.environ.get(variable) or default).expanduser().resolve()
    if not folder.is_dir():
        pytest.skip(f"no folder {folder}; name it by {variable}")
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of photographs (SPARSIGHT_DATA); the test is skipped where there is none."""
    return _folder("SPARSIGHT_DATA", REPOSITORY.parent / "shared" / "data")


@pytest.fixture(scope="session")
def golden() -> Path:
    """The folder of golden vectors (SPARSIGHT_GOLDEN); the test is skipped where there is none."""
    return _folder("SPARSIGHT_GOLDEN", REPOSITORY.parent / "shared" / "golden")
