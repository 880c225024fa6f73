"""Arrays on disk, as numpy.save writes them."""

from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from sparsight.files.errors import reading, refuse


def read_array(path: Path) -> np.ndarray:
    """An array of any shape and type of numbers.

    Args:
        path: `.npy`.

    Raises:
        FileError: it cannot be read, or holds something else.
    """
    with reading(path):
        try:
            array = np.load(path, allow_pickle=False)
        except (ValueError, EOFError, BadZipFile):
            array = None  # numpy's words are about pickles
        if not isinstance(array, np.ndarray):
            raise refuse(path, "it holds no array of numbers", "give what numpy.save wrote")
        return array
