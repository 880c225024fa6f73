"""`sparsight train` for recipes of signals: pairs from files, or generated ones."""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sparsight.training.signals import Pairs


def train_signal_recipe(
    name: str, numbers: Sequence[str], clean: Path | None, noisy: Path | None, out: Path | None
) -> None:
    """Trains and says where the weights are.

    Args:
        name: of the recipe.
        numbers: "key=value".
        clean: file of clean signals; None for generated pairs.
        noisy: file of the same signals with noise.
        out: folder of the run; None for runs/NAME.

    Raises:
        ValueError: one file without the other, files that do not fit, or numbers that cannot be
            meant.
    """
    from sparsight.recipes.signals import bind_signals

    recipe = bind_signals(name, numbers)
    folder = Path("runs", name) if out is None else out
    if (folder / "weights.safetensors").exists():
        raise ValueError(f"{folder} already holds a run; choose another --out")
    pairs = _read(clean, noisy)
    from sparsight.training.signals import train_signals

    weights = train_signals(name, recipe, pairs, folder)
    print(f"weights: {weights}")
    print(f"try: sparsight denoise1d SIGNAL -o DENOISED --model {shlex.quote(str(weights))}")


def _read(clean: Path | None, noisy: Path | None) -> "Pairs | None":
    if clean is None and noisy is None:
        return None
    if clean is None or noisy is None:
        raise ValueError("--clean and --noisy belong together; give both or none")
    import torch

    from sparsight.files.signals import read_signals
    from sparsight.training.signals import Pairs

    tables = [torch.from_numpy(read_signals(path)) for path in (clean, noisy)]
    shapes = ["x".join(map(str, table.shape)) for table in tables]
    if shapes[0] != shapes[1]:
        raise ValueError(f"{clean} is {shapes[0]}, {noisy} is {shapes[1]}; they must be alike")
    return Pairs(*tables)
