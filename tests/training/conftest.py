"""What trainings are tried on: a folder of pictures, one thread."""

from pathlib import Path

import pytest
import torch
from tests.training.makers import write_pictures


@pytest.fixture(scope="session")
def pictures(tmp_path_factory) -> Path:
    """A folder of four grey pictures."""
    return write_pictures(tmp_path_factory.mktemp("training") / "pictures")


@pytest.fixture(autouse=True, scope="package")
def one_thread():
    """Threads that wait for each other on a busy machine take longer than these small products."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
