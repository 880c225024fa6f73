"""Weights on disk: a safetensors file whose header holds the recipe, and a card beside it.

A card without a file names others: models of single noise levels, which make one of every level.
"""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from sparsight.atomic import whole_file
from sparsight.models import AnyLevel
from sparsight.recipes.book import from_record

FOLDER = Path(__file__).parent / "weights"

# A model of the zoo, or a path to a file.
Name = str | os.PathLike[str]


def names() -> list[str]:
    """The models that come with the package."""
    kinds = ("*.safetensors", "*.json")
    return sorted({path.stem for kind in kinds for path in FOLDER.glob(kind)})


def members(name: Name) -> tuple[str, ...]:
    """The models of single noise levels that a model of every level is made of, faintest first.

    None for one that has a file of its own.
    """
    if Path(name).name != os.fspath(name):
        return ()
    path = FOLDER / f"{name}.json"
    return tuple(json.loads(path.read_text()).get("of", ())) if path.is_file() else ()


def weights_path(name: Name) -> Path:
    """Where the weights of a name are: a model of the zoo, or a path to a file.

    Raises:
        ValueError: there are none.
    """
    is_file = os.fspath(name).endswith(".safetensors")
    path = Path(name) if is_file else FOLDER / f"{name}.safetensors"
    if members(name):
        raise ValueError(f"{name} is made of {', '.join(members(name))}; name one of them")
    if is_file and not path.is_file():
        raise ValueError(f"{name} is no file of weights; there is no such file")
    if (FOLDER / "signals" / path.name).is_file() and not path.is_file():
        raise ValueError(f"{name} is a model of signals; use `sparsight denoise1d`")
    if not path.is_file() and Path(name, "weights.safetensors").is_file():
        raise ValueError(f"{name} is the folder of a run; give {name}/weights.safetensors")
    if not path.is_file():
        raise ValueError(
            f"no model is called {name}; there are {', '.join(names()) or 'none'}; "
            "or give a path to a .safetensors file"
        )
    return path


def card(name: Name) -> dict[str, Any]:
    """What is known of a model of the zoo: how it was made, what was measured.

    Raises:
        ValueError: there is no such model.
    """
    path = FOLDER / f"{name}.json" if members(name) else weights_path(name).with_suffix(".json")
    return json.loads(path.read_text()) if path.is_file() else {}


def save_weights(model: nn.Module, record: Mapping[str, Any], path: Path) -> None:
    """Writes weights and record, all or nothing.

    Args:
        model: whose parameters are written, in float32.
        record: recipe name, arguments, and whatever else tells how the weights were made.
        path: ends in .safetensors.
    """
    tensors = {k: v.detach().cpu().float().contiguous() for k, v in model.state_dict().items()}
    with whole_file(path) as part:
        save_file(tensors, part, {"sparsight": json.dumps(record)})
        part.chmod(0o644)  # safetensors writes for the owner alone


def read_weights(name: Name) -> tuple[Any, dict[str, Any]]:
    """The model with its weights, and its record.

    Raises:
        ValueError: there is no such file, or it was not written by `save_weights`.
    """
    if members(name):
        return _of_every_level(members(name))
    path = weights_path(name)
    record, tensors = read_file(path)
    model = from_record(record).model()
    try:
        model.load_state_dict(tensors)
    except RuntimeError as error:
        raise ValueError(f"{path} does not fit its own recipe: {error}") from error
    return model.eval(), record


def _of_every_level(names: Sequence[str]) -> tuple[AnyLevel, dict[str, Any]]:
    """One model of models of single noise levels, and what is told of it."""
    models, records = zip(*map(read_weights, names), strict=True)
    levels = [record["arguments"]["sigma_low"] for record in records]
    known = {"sigma_low": levels[0], "sigma_high": levels[-1], "levels": len(levels)}
    made = {"recipe": records[-1]["recipe"], "arguments": {**records[-1]["arguments"], **known}}
    return AnyLevel(models, [level / 255 for level in levels]).eval(), {"of": [*names], **made}


def read_file(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The record and the tensors of a file.

    Raises:
        ValueError: it was not written by `save_weights`.
    """
    try:
        with safe_open(path, "pt") as file:
            record = json.loads((file.metadata() or {})["sparsight"])
            return record, {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except KeyError as error:
        raise ValueError(
            f"{path} holds no weights of sparsight; it was written by another"
        ) from error
    except (SafetensorError, OSError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} holds no weights of sparsight: {error}") from error
