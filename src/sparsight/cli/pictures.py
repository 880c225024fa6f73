"""Pictures to files."""

from pathlib import Path
from typing import TYPE_CHECKING

from sparsight.atomic import whole_file

if TYPE_CHECKING:
    from PIL.Image import Image


def save_picture(picture: "Image", path: Path) -> None:
    """Writes a PNG, all or nothing.

    Raises:
        OSError: when the disk refuses.
    """
    with whole_file(path) as part:
        picture.save(part, "PNG")
