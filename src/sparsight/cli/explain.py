"""`sparsight explain`: what a model has learned, and what it did at one place of a photograph."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sparsight.cli.options import load_model, noise_level_or_auto
from sparsight.cli.tables import show_table

if TYPE_CHECKING:
    from torch import Tensor

    from sparsight.explain.story import PatchStory
    from sparsight.models import Denoiser

_ROWS = 12


def explain(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL", help="One that `sparsight zoo` lists, or a .safetensors file."
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="A folder, made if need be.")
    ],
    image: Annotated[
        Path | None, typer.Argument(metavar="[IMAGE]", help="A photograph, with --at.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="X,Y", help="Column and row of a pixel, from 0.")
    ] = None,
    sigma: Annotated[
        str, typer.Option(metavar="LEVEL", help="Noise level in 8-bit units; auto estimates it.")
    ] = "auto",
) -> None:
    """Draw what a model has learned: dictionaries, thresholds, weights.

    With a photograph and --at, show instead what the model did with the patch about that pixel:
    its atoms and coefficients, its neighbours and their weights, what each step shrank.
    """
    if (image is None) != (at is None):
        raise ValueError("IMAGE and --at X,Y go together; give both, or none to see the weights")
    place = None if at is None else _place(at)
    level = noise_level_or_auto(sigma)
    if output.exists() and not output.is_dir():
        raise ValueError(f"{output} is not a folder; give another name")
    if image is None or place is None:
        _explain_weights(model, output)
    else:
        _explain_place(model, image, place, level, output)


def _place(text: str) -> tuple[int, int]:
    try:
        x, y = (int(part) for part in text.split(","))
    except ValueError:
        raise ValueError(f"at is {text}; give column and row of a pixel, e.g. 120,80") from None
    return x, y


def _explain_weights(name: str, output: Path) -> None:
    from sparsight.bench import save_results
    from sparsight.explain.parameters import explain_parameters
    from sparsight.models import Unrolled
    from sparsight.zoo import read_weights

    model, _ = read_weights(name)
    if not isinstance(model, Unrolled):
        raise ValueError(
            f"{name} is a network, whose weights say little to the eye; sparse codes and pixel "
            "games are explained here"
        )
    found = explain_parameters(model)
    output.mkdir(parents=True, exist_ok=True)
    for title, picture in found.pictures.items():
        _save(picture, output / f"{title}.png")
    save_results(found.facts, output / "parameters.json")
    rows = [
        [title, " x ".join(map(str, bank["shape"])), _span(bank["levels"]), _span(bank["median"])]
        for title, bank in found.facts["banks"].items()
    ]
    show_table(["learned", "shape", "at", "median"], rows, f"{Path(name).stem}")
    files = ["parameters.json", *(f"{title}.png" for title in found.pictures)]
    print(f"{output}: {', '.join(files)}")


def _span(values: list[Any]) -> str:
    ends = [value if isinstance(value, str) else f"{value:.4g}" for value in values]
    return ends[0] if len(ends) == 1 else f"{ends[0]} to {ends[-1]}"


def _explain_place(
    name: str, path: Path, at: tuple[int, int], level: float | None, output: Path
) -> None:
    from dataclasses import asdict

    from sparsight.bench import save_results
    from sparsight.explain.patch import explain_patch
    from sparsight.explain.patch_pictures import patch_pictures
    from sparsight.fidelities import PatchFidelity
    from sparsight.models import Denoiser

    denoiser = load_model(name, "cpu")
    fidelity = denoiser.model.fidelity if isinstance(denoiser, Denoiser) else None
    if not isinstance(denoiser, Denoiser) or not isinstance(fidelity, PatchFidelity):
        raise ValueError(
            f"{name} works on pixels, it has no patches and no atoms; "
            f"`sparsight explain {name} -o DIR` shows its weights"
        )
    shown, observed, sigma = _read(path, denoiser, level)
    story = explain_patch(denoiser, observed, at, sigma)
    output.mkdir(parents=True, exist_ok=True)
    pictures = patch_pictures(story, shown, fidelity)
    for title, picture in pictures.items():
        _save(picture, output / f"{title}.png")
    facts = asdict(story) | {
        "noisy": story.noisy.tolist(),
        "estimate": story.estimate.tolist(),
        "sigma": None if sigma is None else 255 * sigma,
    }
    save_results({"model": name, "image": path.name, **facts}, output / "patch.json")
    _show(story, name)
    print(f"{output}: patch.json, {', '.join(f'{title}.png' for title in pictures)}")


def _read(path: Path, model: "Denoiser", level: float | None) -> tuple["Tensor", "Tensor", float]:
    """The photograph, what the model is given of it, and the noise level of that."""
    import torch

    from sparsight.cli.noise import estimate_noise
    from sparsight.files import open_photo
    from sparsight.models.colour import AXES

    photo = open_photo(path)
    pixels = torch.from_numpy(photo.read_rows(0, photo.shape[1]))
    sigma = (estimate_noise(photo) if level is None else level) / 255
    if model.channels == 1 and len(pixels) == 3:
        # As in restoring: a grey model sees the luminance, whose noise is weaker.
        axis = torch.tensor(AXES[0])
        print("a grey model; what it did with the luminance of the photograph")
        luminance = (axis[:, None, None] * pixels).sum(0, keepdim=True)
        return pixels, luminance, sigma * axis.norm().item()
    return pixels, pixels.expand(model.channels, -1, -1), sigma


def _show(story: "PatchStory", name: str) -> None:
    level = "" if story.sigma is None else f", sigma {255 * story.sigma:.1f}"
    print(f"{Path(name).stem} at {story.x},{story.y}{level}")
    atoms = [
        [f"{use.atom}", f"{use.coefficient:+.4f}", f"{255 * use.contribution:.1f}"]
        for use in story.uses[:_ROWS]
    ]
    heads = ["atom", ">coefficient", ">contribution (8-bit)"]
    show_table(heads, atoms, f"{len(atoms)} of {len(story.uses)} atoms")
    if story.neighbours:
        near = [[f"{n.x},{n.y}", f"{n.weight:.4f}"] for n in story.neighbours[:_ROWS]]
        heads = ["neighbour", ">weight"]
        show_table(heads, near, f"{len(near)} of {len(story.neighbours)} neighbours")
    else:
        print("no neighbours: the model looks at each patch alone\n")
    steps = [
        [
            f"{number}",
            f"{step.energy_before:.4f}",
            f"{step.energy_after:.4f}",
            f"{step.atoms_before}",
            f"{step.atoms_after}",
        ]
        for number, step in enumerate(story.steps)
    ]
    heads = [">step", ">energy before", ">after shrinkage", ">atoms before", ">after"]
    show_table(heads, steps, "what each step shrank")


def _save(picture: Any, path: Path) -> None:
    """A picture, all or nothing."""
    import os

    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        picture.save(part, "PNG")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
