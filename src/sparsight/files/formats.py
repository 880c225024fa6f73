"""The four file formats: how each is recognised and what each can hold."""

import os
from dataclasses import dataclass
from pathlib import Path

from sparsight.files.errors import refuse


@dataclass(frozen=True)
class Format:
    """One file format.

    Attributes:
        name: as users call it.
        extensions: the endings of its files, in lower case, the usual one first.
        depths: numpy names of the samples that it holds.
        alpha: whether it holds transparency.
        grey: whether it holds pictures of one channel.
        largest: the most pixels along one side.
    """

    name: str
    extensions: tuple[str, ...]
    depths: tuple[str, ...]
    alpha: bool
    grey: bool
    largest: int


PNG = Format("PNG", (".png",), ("uint8", "uint16"), True, True, 2**31 - 1)
JPEG = Format("JPEG", (".jpg", ".jpeg"), ("uint8",), False, True, 65_500)
_NUMBERS = ("uint8", "uint16", "uint32", "int8", "int16", "int32", "float16", "float32", "float64")
TIFF = Format("TIFF", (".tif", ".tiff"), _NUMBERS, True, True, 2**31 - 1)
WEBP = Format("WebP", (".webp",), ("uint8",), True, False, 16_383)
FORMATS = (PNG, JPEG, TIFF, WEBP)
EXTENSIONS = tuple(extension for known in FORMATS for extension in known.extensions)
# Of TIFFs by microscopes, which are read, and written as what they are.
MICROSCOPY = (".lsm", ".stk")
# Of pictures that are neither read nor written here.
FOREIGN = frozenset(
    {
        *(".avif", ".bmp", ".dng", ".exr", ".gif", ".heic", ".heif", ".jp2", ".jxl"),
        *(".pbm", ".pgm", ".pnm", ".ppm", ".psd", ".tga"),
        *(".czi", ".ims", ".lif", ".nd2", ".oib", ".oif", ".vsi", ".zvi"),
    }
)
PARTIAL = ".part"

_TIFF_HEADS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_OTHERS = {
    b"GIF8": "a GIF",
    b"BM": "a BMP",
    b"8BPS": "a Photoshop document",
    b"%PDF": "a PDF",
    b"<svg": "an SVG drawing",
}


def by_content(path: Path, head: bytes) -> Format:
    """Recognises a format by the first bytes of a file, whatever its name.

    Args:
        path: the file, named in the error.
        head: its first 12 bytes or more.

    Returns:
        The format.

    Raises:
        FileError: when it is none of the four.
    """
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head[:4] in _TIFF_HEADS:
        return TIFF
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    other = next((name for start, name in _OTHERS.items() if head.startswith(start)), "none")
    if head[4:8] == b"ftyp":
        other = "a HEIF, AVIF or camera raw file"
    what = "not a picture that can be read here" if other == "none" else f"it is {other}"
    raise refuse(path, what, "give a PNG, JPEG, TIFF or WebP file")


def by_extension(path: str | os.PathLike[str]) -> Format:
    """Tells the format in which a file of this name is written.

    Args:
        path: the name of the output.

    Returns:
        The format.

    Raises:
        FileError: when the ending is none of those known.
    """
    ending = Path(path).suffix.lower()
    for known in FORMATS:
        if ending in known.extensions:
            return known
    what = f"the ending {ending!r} names no format" if ending else "the name has no ending"
    raise refuse(path, what, f"end it in {', '.join(EXTENSIONS)}")


def holders(depth: str, alpha: bool) -> str:
    """Names the formats that can hold such samples, for error messages.

    Args:
        depth: numpy name of the samples.
        alpha: whether there is transparency.

    Returns:
        Endings, for example ".png or .tif".
    """
    fitting = [f.extensions[0] for f in FORMATS if depth in f.depths and alpha <= f.alpha]
    return " or ".join(fitting)
