"""Where datasets lie: an environment variable, or a file in the user's folder of settings.

SPARSIGHT_DATA names a folder with one subfolder per set. Without it `data.toml` is read:

    folder = "/photographs/sets"

    [sets]  # those that lie elsewhere, or under another name
    Kodak24 = "/photographs/kodak"
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sparsight.data.pinned import Holding, parts_of, pins_of

VARIABLE = "SPARSIGHT_DATA"


@dataclass(frozen=True)
class Places:
    """Where sets are looked for.

    Args:
        folder: holds one subfolder per set; None where nobody named one.
        sets: folders of single sets, before those.
    """

    folder: Path | None = None
    sets: Mapping[str, Path] = field(default_factory=dict)

    def of(self, name: str) -> Path:
        """Where a set is, or would be.

        Args:
            name: of the set.

        Raises:
            ValueError: nothing says where.
        """
        if name in self.sets:
            return self.sets[name]
        if self.folder is None:
            raise ValueError(
                f"nothing says where {name} is; set {VARIABLE} to a folder with a subfolder "
                f'{name}, or write folder = "..." into {settings_file()}'
            )
        return self.folder / name

    def files(self, name: str) -> list[Path]:
        """The files of a set, in its order.

        Args:
            name: of the set, which may lie in several folders.

        Raises:
            ValueError: nothing says where it is, or what is there is not the set.
        """
        return [
            path
            for part in parts_of(name)
            for path in Holding(self.of(part), pins_of(part)).paths()
        ]


def find_places(folder: Path | None = None) -> Places:
    """What the caller, else the environment, else the file of settings says.

    Args:
        folder: with one subfolder per set.

    Raises:
        ValueError: the file of settings cannot be understood.
    """
    if folder is not None:
        return Places(folder.expanduser())
    if named := os.environ.get(VARIABLE):
        return Places(Path(named).expanduser())
    file = settings_file()
    return _read(file) if file.is_file() else Places()


def settings_file() -> Path:
    """The file of settings, whether it is there or not."""
    import typer

    return Path(typer.get_app_dir("sparsight")) / "data.toml"


def _read(file: Path) -> Places:
    try:
        settings = tomllib.loads(file.read_text(encoding="utf-8"))
        sets = {name: _path(value) for name, value in settings.get("sets", {}).items()}
        folder = settings.get("folder")
        return Places(None if folder is None else _path(folder), sets)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, TypeError, AttributeError) as error:
        raise ValueError(f"{file} cannot be understood: {error}") from error


def _path(value: Any) -> Path:
    return Path(value).expanduser()
