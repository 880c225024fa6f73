"""Arrays that are written: a disk that is full leaves nothing behind."""

import os
import resource

import numpy as np
import pytest

from sparsight.files import FileError
from sparsight.files.plane import write_planes
from sparsight.files.signals import write_signals

PLANES = np.ones((1, 64, 64), np.float32)


@pytest.mark.parametrize(
    ("write", "name"),
    [
        (lambda path: write_planes(path, PLANES), "a.npy"),
        (lambda path: write_planes(path, PLANES), "a.tif"),
        (lambda path: write_signals(path, PLANES[0]), "a.npy"),
        (lambda path: write_signals(path, PLANES[0]), "a.csv"),
    ],
)
def test_a_disk_that_is_full(tmp_path, write, name):
    """Numpy says how much of an array the disk took, but gives the error no number."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, before[1]))
    try:
        with pytest.raises(FileError, match=f"{name}: .*choose another disk"):
            write(tmp_path / name)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert os.listdir(tmp_path) == []
