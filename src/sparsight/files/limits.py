"""How large a picture may claim to be, checked on its header before anything is decoded."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sparsight.files.errors import refuse

MOST_PIXELS = 10**9
_pillow = threading.Lock()


def check_size(path: Path, width: int, height: int) -> None:
    """Refuses a picture without pixels, or one so large that it must be a trap.

    Args:
        path: the file, named in the error.
        width: in pixels, as its header says.
        height: in pixels, as its header says.

    Raises:
        FileError: when there is no pixel, or more than a thousand million.
    """
    if width < 1 or height < 1:
        raise refuse(path, f"it claims {width} x {height} pixels", "it is empty; leave it out")
    if width * height > MOST_PIXELS:
        what = f"it claims {width} x {height} pixels, more than 1000 megapixels"
        raise refuse(path, what, "cut it into smaller pictures")


@contextmanager
def pillow_trusted() -> Iterator[None]:
    """Lifts Pillow's own limit on pixels, for files whose size has been checked.

    Pillow keeps the limit in one variable for the whole process, hence the lock.
    """
    from PIL import Image

    with _pillow:
        before = Image.MAX_IMAGE_PIXELS
        Image.MAX_IMAGE_PIXELS = None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = before
