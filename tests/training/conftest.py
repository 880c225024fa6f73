"""The folder of pictures that trainings are tried on."""

from pathlib import Path

import pytest
from tests.training.makers import write_pictures


@pytest.fixture(scope="session")
def pictures(tmp_path_factory) -> Path:
    """A folder of four grey pictures."""
    return write_pictures(tmp_path_factory.mktemp("training") / "pictures")
