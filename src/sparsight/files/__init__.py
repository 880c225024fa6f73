"""Photographs in and out: bit depth, alpha, EXIF and colour profile survive."""

from sparsight.files.arrays import read_array
from sparsight.files.creating import (
    PhotoWriter,
    StackWriter,
    create_photo,
    create_stack,
    is_complete,
)
from sparsight.files.enlarging import enlarged
from sparsight.files.errors import FileError, of_page
from sparsight.files.finding import find_foreign, find_images
from sparsight.files.formats import EXTENSIONS, FOREIGN
from sparsight.files.mosaic import in_colour, open_mosaic
from sparsight.files.opening import open_photo, open_stack
from sparsight.files.orientation import as_shown, as_stored, size_shown
from sparsight.files.photo import Photo
from sparsight.files.quantisation import jpeg_quality
from sparsight.files.ranges import spread_of
from sparsight.files.stack import Stack

__all__ = [
    "EXTENSIONS",
    "FOREIGN",
    "FileError",
    "Photo",
    "PhotoWriter",
    "Stack",
    "StackWriter",
    "as_shown",
    "as_stored",
    "create_photo",
    "create_stack",
    "enlarged",
    "find_foreign",
    "find_images",
    "in_colour",
    "is_complete",
    "jpeg_quality",
    "of_page",
    "open_mosaic",
    "open_photo",
    "open_stack",
    "read_array",
    "size_shown",
    "spread_of",
]
