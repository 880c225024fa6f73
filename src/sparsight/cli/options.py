"""The options that several commands share: checked, and turned into objects."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import torch

    from sparsight.models import Denoiser, Tiled

# What a command takes for the care that it spends; names are those of `zoo.QUALITIES`.
Care = Annotated[str, typer.Option(help="best, exact, balanced or fast: care against time.")]
DTYPES = ("auto", "float32", "bfloat16", "float64")
_PREFERRED = {
    1: ("groupsc-gray-any", "groupsc-gray", "sc-gray"),
    3: ("groupsc-color-any", "groupsc-color", "sc-color"),
}


def noise_level(text: str) -> float:
    """Reads a noise level.

    Args:
        text: a number in 8-bit units.

    Returns:
        It, between 0 and 255.

    Raises:
        ValueError: it is no such number.
    """
    try:
        sigma = float(text)
    except ValueError:
        sigma = -1.0
    if not 0 <= sigma <= 255:
        raise ValueError(f"sigma is {text}; give the noise level in 8-bit units, between 0 and 255")
    return sigma


def noise_level_or_auto(text: str) -> float | None:
    """Reads a noise level, or None for "auto".

    Raises:
        ValueError: it is neither.
    """
    if text == "auto":
        return None
    try:
        return noise_level(text)
    except ValueError as error:
        raise ValueError(f"{error}, or auto") from None


def line_or_auto(text: str) -> tuple[float, float] | None:
    """Reads A,B, the line of a variance, or None for "auto".

    Raises:
        ValueError: it is neither, or A is not above 0.
    """
    if text == "auto":
        return None
    try:
        slope, start = map(float, text.split(","))
    except ValueError:
        slope, start = 0.0, 0.0
    if not (0 < slope < float("inf") and abs(start) < float("inf")):
        raise ValueError(
            f"shot is {text}; give auto, or A,B: variance = A x value + B, A above 0, in the "
            "numbers of the file"
        )
    return slope, start


def in_sets(given: Path | Sequence[Path] | None) -> Path | list[Path] | None:
    """The callback of options that take images: names of datasets are as good as folders.

    Args:
        given: a path, several, or none. One that is not there is looked for among the datasets,
            as `sparsight data` finds them: BSD68, or MRI_masks/mask_30.npy.

    Raises:
        ValueError: it names a dataset, and nothing says where datasets are.
    """
    if given is None:
        return None
    return _in_sets(given) if isinstance(given, Path) else [_in_sets(path) for path in given]


def _in_sets(path: Path) -> Path:
    from sparsight.data.places import find_places
    from sparsight.data.sets import DATASETS

    if path.exists() or path.is_absolute():
        return path
    places = find_places()
    name, *inside = path.parts
    if places.folder is None and name not in DATASETS:
        return path
    found = places.of(name).joinpath(*inside)
    return found if found.exists() else path


def check_strength(strength: float) -> None:
    """Refuses a strength that is no share.

    Raises:
        ValueError: it is not between 0 and 1.
    """
    if not 0 <= strength <= 1:
        raise ValueError(
            f"strength is {strength:g}; give a number between 0 (the input) and 1 (restored)"
        )


def check_dtype(dtype: str) -> None:
    """Refuses an unknown number format.

    Raises:
        ValueError: it is none of DTYPES.
    """
    if dtype not in DTYPES:
        raise ValueError(f"dtype is {dtype}; choose one of {', '.join(DTYPES)}")


def choose_model(name: str | None, colours: int = 1) -> str:
    """Names the model to use.

    Args:
        name: as given; None for the default.
        colours: 1 for grey images, 3 for colour, whose models come first for them.

    Returns:
        A name in the zoo, or a path.

    Raises:
        ValueError: there is no default.
    """
    from sparsight import zoo

    if name is not None:
        return name
    wanted = (*_PREFERRED[colours], *_PREFERRED[1], *zoo.names())
    found = next((known for known in wanted if known in zoo.names()), None)
    if found is None:
        raise ValueError("no trained model is installed; give --model FILE.safetensors")
    return found


def first_installed(preferred: Sequence[str], task: str) -> str:
    """The first of these models that the zoo holds.

    Args:
        preferred: names.
        task: what they do, for the error: "no model that ... is installed".

    Raises:
        ValueError: there is none.
    """
    from sparsight import zoo

    installed = zoo.names()
    found = next((name for name in preferred if name in installed), None)
    if found is None:
        raise ValueError(f"no model that {task} is installed; give --model FILE.safetensors")
    return found


def choose_device(text: str) -> "torch.device":
    """Finds the device to compute on.

    Args:
        text: "auto" for the accelerator if there is one, "cpu", "cuda", "cuda:1", "mps", ...

    Returns:
        One that this machine has.

    Raises:
        ValueError: it has no such device; those that it has are listed.
    """
    import torch

    offered = _devices()
    if text == "auto":
        return torch.device(offered[min(1, len(offered) - 1)])
    if text not in offered:
        raise ValueError(f"device is {text}; this machine offers {', '.join(offered)}")
    return torch.device(text)


def load_model(
    name: str | None, device: str = "auto", dtype: str = "auto", quality: str = "balanced"
) -> "Denoiser | Tiled":
    """Loads a model where and as it shall compute.

    Args:
        name: in the zoo, or a path; None for the default.
        device: as in `choose_device`.
        dtype: one of DTYPES; bfloat16 is left to autocast, the weights stay float32. auto lets
            networks compute in what is fastest here.
        quality: best, exact, balanced or fast.

    Returns:
        The model.

    Raises:
        ValueError: there is no such model, device or quality.
    """
    import torch

    import sparsight
    from sparsight.models import Tiled
    from sparsight.ops.speed import tune_process

    place = choose_device(device)
    if dtype == "float64" and place.type == "mps":
        raise ValueError("dtype is float64, which mps has not; choose float32 or --device cpu")
    tune_process()
    model = sparsight.load(choose_model(name), quality)
    if dtype != "auto" and isinstance(model, Tiled):
        model.compute = torch.float32
    return model.to(place, torch.float64 if dtype == "float64" else torch.float32)


def _devices() -> Sequence[str]:
    """All names that are understood here: cpu first, then the accelerator in general."""
    import torch

    accelerator = torch.accelerator.current_accelerator(check_available=True)
    if accelerator is None:
        return ["cpu"]
    kind = accelerator.type
    numbered = [f"{kind}:{number}" for number in range(torch.accelerator.device_count())]
    return ["cpu", kind, *numbered]
