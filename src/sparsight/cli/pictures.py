"""Pictures to files."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image


def save_picture(picture: "Image", path: Path) -> None:
    """Writes a PNG, all or nothing.

    Raises:
        OSError: when the disk refuses.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        picture.save(part, "PNG")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
