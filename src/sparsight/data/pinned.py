"""The files that a dataset holds, by SHA-256 of them and of their decoded pixels.

One text file per set lies in `pins/`: a line per image with the digest of the file as it was
published, the digest of its pixels, and its name. A figure that was measured on such a set can be
measured again only on the same pixels; a re-encoded copy of them will do. Masks are arrays (.npy).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from zipfile import BadZipFile

from sparsight.data.folder import SUFFIXES

FOLDER = Path(__file__).parent / "pins"
ARRAY = ".npy"
KINDS = SUFFIXES | {ARRAY}
# Sets that lie in several folders.
UNIONS = {"BSD100": ("CBSD68", "BSD100_extra32")}


@dataclass(frozen=True)
class Pin:
    """One image.

    Args:
        file: SHA-256 of the file, hexadecimal.
        pixels: SHA-256 of what it decodes to, see `pixel_digest`.
        name: of the file.
    """

    file: str
    pixels: str
    name: str

    @property
    def stem(self) -> str:
        """Its name without ending: a copy in another format has the same."""
        return Path(self.name).stem

    def matches(self, path: Path) -> bool:
        """Whether a file is this image, byte for byte or pixel for pixel."""
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return digest == self.file or pixel_digest(path) == self.pixels


@dataclass(frozen=True)
class Holding:
    """A folder beside the pins of its set.

    Args:
        folder: of images.
        pins: in the order of the set.
    """

    folder: Path
    pins: tuple[Pin, ...]

    @cached_property
    def found(self) -> dict[str, list[Path]]:
        """The files there, by name without ending; none of a folder that is not there."""
        found: dict[str, list[Path]] = {}
        for path in _files(self.folder):
            stem = path.relative_to(self.folder).with_suffix("").as_posix()
            found.setdefault(stem, []).append(path)
        return found

    @cached_property
    def stranger(self) -> str | None:
        """The first file that has the name of an image of the set and is not it; None if none."""
        for pin in self.pins:
            for path in self.found.get(pin.stem, ()):
                try:
                    if pin.matches(path):
                        continue
                except ValueError as error:
                    return str(error)
                return f"{path} differs from the image that was pinned, in bytes and in pixels"
        return None

    @cached_property
    def problem(self) -> str | None:
        """What keeps the folder from being the set: the first file that is wrong; None if none.

        Raises:
            ValueError: there is no folder, or no image in it.
        """
        set_files(self.folder)
        missing = next((pin.name for pin in self.pins if pin.stem not in self.found), None)
        if missing is not None:
            return f"{self.folder / missing} is missing"
        if self.stranger is not None:
            return self.stranger
        extra = self.found.keys() - {pin.stem for pin in self.pins}
        return f"{self.found[min(extra)][0]} does not belong to the set" if extra else None

    def paths(self) -> list[Path]:
        """The images in the order of the set.

        Raises:
            ValueError: the folder does not hold the set, and that alone; a file is named.
        """
        if self.problem is not None:
            raise ValueError(f"{self.problem}; published figures hold for the pinned images alone")
        return [self.found[pin.stem][0] for pin in self.pins]


def pinned_sets() -> list[str]:
    """The sets whose images are pinned."""
    return sorted(path.stem for path in FOLDER.glob("*.txt"))


def pins_of(name: str) -> tuple[Pin, ...]:
    """The images of a set.

    Raises:
        ValueError: no set of this name is pinned.
    """
    return tuple(pin for part in parts_of(name) for pin in _read_pins(part))


def parts_of(name: str) -> tuple[str, ...]:
    """The folders that a set lies in."""
    return UNIONS.get(name, (name,))


def _read_pins(name: str) -> list[Pin]:
    if name not in pinned_sets():
        raise ValueError(f"no dataset is called {name}; there are {', '.join(pinned_sets())}")
    lines = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return [Pin(*line.split(maxsplit=2)) for line in lines]


def set_digest(pins: Sequence[Pin]) -> str:
    """One digest for the pixels of a whole set, in its order."""
    return hashlib.sha256("".join(pin.pixels for pin in pins).encode()).hexdigest()


def pixel_digest(path: Path) -> str:
    """SHA-256 of the size and the 8-bit RGB values of an image; grey has three equal channels.

    Of an array it is that of its shape and its values as float64.

    Raises:
        ValueError: the file cannot be read as an image, or as an array.
    """
    if path.suffix == ARRAY:
        return _array_digest(path)
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            pixels = image.convert("RGB")
    except (OSError, UnidentifiedImageError) as error:
        raise ValueError(f"{path} cannot be read as an image: {error}") from error
    size = f"{pixels.width}x{pixels.height}:".encode()
    return hashlib.sha256(size + pixels.tobytes()).hexdigest()


def pin_images(folder: Path) -> list[Pin]:
    """The pins of a folder, sorted by name."""
    return [
        Pin(hashlib.sha256(path.read_bytes()).hexdigest(), pixel_digest(path), path.name)
        for path in set_files(folder)
    ]


def set_files(folder: Path) -> list[Path]:
    """The images and arrays of a folder and its subfolders, sorted.

    Raises:
        ValueError: there is no such folder, or nothing in it.
    """
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder; give a folder of images")
    paths = _files(folder)
    if not paths:
        raise ValueError(f"{folder} holds no image ({', '.join(sorted(KINDS))})")
    return paths


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in KINDS)


def _array_digest(path: Path) -> str:
    import numpy as np

    try:
        with path.open("rb") as file:  # numpy leaves one that is broken open
            values = np.load(file, allow_pickle=False).astype("<f8")
    except (OSError, ValueError, EOFError, AttributeError, BadZipFile) as error:
        raise ValueError(f"{path} cannot be read as an array: {error}") from error
    size = f"{'x'.join(map(str, values.shape))}:".encode()
    return hashlib.sha256(size + values.tobytes()).hexdigest()
