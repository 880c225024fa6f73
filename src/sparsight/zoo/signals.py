"""Models of signals on disk: W and the record of how it was learned."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sparsight.models import AnalysisDenoiser
from sparsight.recipes.signals import SIGNAL_RECIPES
from sparsight.zoo.store import FOLDER, Name, read_file, save_weights

SIGNALS = FOLDER / "signals"


def signal_names() -> list[str]:
    """The models of signals that come with the package."""
    return sorted(path.stem for path in SIGNALS.glob("*.safetensors"))


def save_signal_model(model: AnalysisDenoiser, record: Mapping[str, Any], path: Path) -> Path:
    """Writes W and record, all or nothing; returns the path, which ends in .safetensors."""
    save_weights(model, record, path)
    return path


def load_signal_model(name: Name) -> tuple[AnalysisDenoiser, dict[str, Any]]:
    """A model of signals in double precision, and its record.

    Args:
        name: of the zoo, or a path that ends in .safetensors.

    Raises:
        ValueError: there is no such model, or it is none of signals.
    """
    is_file = os.fspath(name).endswith(".safetensors")
    path = Path(name) if is_file else SIGNALS / f"{name}.safetensors"
    if not path.is_file():
        raise ValueError(
            f"no model of signals is called {name}; there are "
            f"{', '.join(signal_names()) or 'none'}; or give a path to a .safetensors file"
        )
    record, tensors = read_file(path)
    if record.get("recipe") not in SIGNAL_RECIPES:
        raise ValueError(f"{name} is no model of signals; `sparsight denoise` takes it for images")
    model = SIGNAL_RECIPES[record["recipe"]].build(**record["arguments"])
    model.load_state_dict(tensors)
    return model.eval().double(), record
