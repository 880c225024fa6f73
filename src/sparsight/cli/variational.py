"""`sparsight restore deblur|inpaint|denoise`: a patch critic against a known degradation."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sparsight.cli.degradations import read_kernel, read_observed
from sparsight.cli.errors import INTERRUPTED, report
from sparsight.cli.fill import fill_holes
from sparsight.cli.options import choose_device, noise_level, noise_level_or_auto
from sparsight.cli.progress import Waiting

if TYPE_CHECKING:
    import torch

    from sparsight.files import Photo
    from sparsight.models import LocalRegularizer, Solution
    from sparsight.protocols import Operator

_Image = Annotated[Path, typer.Argument(metavar="IMAGE", help="A photograph.")]
_Output = Annotated[Path, typer.Option("--output", "-o", help="The file to write.")]
_Model = Annotated[
    str | None, typer.Option(metavar="NAME", help="A critic of the zoo, or a .safetensors file.")
]
_Inpainter = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="A critic, or a model of codes trained on holes, or a file."),
]
_Strength = Annotated[
    str, typer.Option(metavar="LAMBDA", help="Of the regulariser, per pixel; auto by noise level.")
]
_Steps = Annotated[int, typer.Option(min=1, help="At most; fewer if nothing moves.")]
_Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps, ...")]
_Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace the output.")]
_NOISE = "Noise level in 8-bit units, above 0; auto estimates it."
_Sigma = Annotated[str, typer.Option(metavar="LEVEL", help=_NOISE)]


@dataclass(frozen=True)
class Choices:
    """What users chose beside the degradation.

    Attributes:
        output: the file to write.
        model: a name, or None for the one that fits the photograph.
        strength: lambda per pixel, or None for the table's.
        steps: at most, of the optimiser.
        device: to compute on.
        overwrite: whether the output may be replaced.
    """

    output: Path
    model: str | None
    strength: float | None
    steps: int
    device: str
    overwrite: bool


@dataclass(frozen=True)
class Problem:
    """A degradation, met by a photograph.

    Attributes:
        operator: A.
        start: where to begin, as large as what is sought.
        cut: takes from what is sought what stands where the photograph does.
    """

    operator: "Operator"
    start: "torch.Tensor"
    cut: Callable[["torch.Tensor"], "torch.Tensor"]


def deblur(
    image: _Image,
    output: _Output,
    kernel: Annotated[
        str, typer.Option(metavar="K", help="K.npy, K.png or gaussian:SIDE:SIGMA in pixels.")
    ],
    sigma: _Sigma = "auto",
    model: _Model = None,
    strength: _Strength = "auto",
    steps: _Steps = 150,
    device: _Device = "auto",
    overwrite: _Overwrite = False,
) -> None:
    """Undo a blur of known kernel, and the noise on top of it.

    Nothing is assumed beyond the border of the photograph.
    """
    level = noise_level_or_auto(sigma)
    choices = Choices(output, model, _lambda(strength), steps, device, overwrite)
    weights = read_kernel(kernel)

    def pose(y: "torch.Tensor") -> Problem:
        from sparsight.operators import Blur

        if any(side > length for side, length in zip(weights.shape, y.shape[2:], strict=True)):
            raise ValueError(
                f"{kernel}: the kernel has {weights.shape[0]} x {weights.shape[1]} entries, more "
                f"than the photograph's {y.shape[2]} x {y.shape[3]} pixels; give a smaller one"
            )
        blur = Blur(weights)
        return Problem(blur, blur.extend(y), blur.crop)

    _restore(image, level, pose, choices)


def inpaint(
    image: _Image,
    output: _Output,
    mask: Annotated[
        Path,
        typer.Option(
            metavar="M.png",
            help="As large as the photograph is shown; white: observed, black: lost.",
        ),
    ],
    sigma: Annotated[
        str | None, typer.Option(metavar="LEVEL", help="Noise level in 8-bit units; 2 by default.")
    ] = None,
    model: _Inpainter = None,
    strength: _Strength = "auto",
    steps: Annotated[
        int | None, typer.Option(min=1, help="At most; fewer if nothing moves. 200 by default.")
    ] = None,
    device: _Device = "auto",
    overwrite: _Overwrite = False,
) -> None:
    """Fill lost pixels, and remove noise from the others.

    Models of sparse codes, such as sc-inpaint, fill small holes quickly and leave the other pixels
    as they are; a critic fills larger ones.
    """
    level = noise_level(sigma or "2")
    from sparsight.zoo import fills_holes

    if model is not None and fills_holes(model):
        given = {"strength": None if strength == "auto" else strength, "sigma": sigma}
        for name, value in {**given, "steps": steps}.items():
            if value is not None:
                raise ValueError(f"{name} is {value}; {model} has none, leave it out")
        fill_holes(image, output, mask, model, device, overwrite)
        return
    choices = Choices(output, model, _lambda(strength), steps or 200, device, overwrite)

    def pose(y: "torch.Tensor") -> Problem:
        from sparsight.operators import Mask

        seen = read_observed(mask, (y.shape[2], y.shape[3]))
        known = Mask(seen.to(y.device))
        return Problem(known, known.fill(y), lambda x: x)

    _restore(image, level, pose, choices)


def denoise(
    image: _Image,
    output: _Output,
    sigma: _Sigma = "auto",
    model: _Model = None,
    strength: _Strength = "auto",
    steps: _Steps = 50,
    device: _Device = "auto",
    overwrite: _Overwrite = False,
) -> None:
    """Remove noise by the critic; `sparsight denoise` has quicker models."""
    level = noise_level_or_auto(sigma)
    choices = Choices(output, model, _lambda(strength), steps, device, overwrite)

    def pose(y: "torch.Tensor") -> Problem:
        from sparsight.operators import Identity

        return Problem(Identity(), y, lambda x: x)

    _restore(image, level, pose, choices)


def _lambda(text: str) -> float | None:
    if text == "auto":
        return None
    try:
        strength = float(text)
    except ValueError:
        strength = -1.0
    if not 0 <= strength < float("inf"):
        raise ValueError(f"strength is {text}; give auto, or a number from 0 up")
    return strength


def _restore(
    image: Path,
    level: float | None,
    pose: Callable[["torch.Tensor"], Problem],
    choices: Choices,
) -> None:
    import torch

    from sparsight.cli.noise import estimate_noise
    from sparsight.files import as_shown, as_stored, create_photo, open_photo

    photo = open_photo(image)
    sigma = estimate_noise(photo) if level is None else level
    if not sigma > 0:
        raise ValueError(f"sigma is {sigma:g}; restoring needs a noise level above 0, e.g. 1")
    place = choose_device(choices.device)
    regularizer = _load(photo, choices, place)
    # Masks and kernels are drawn for what a viewer shows.
    shown = as_shown(photo.read_rows(0, photo.shape[1]), photo.orientation)
    y = torch.from_numpy(shown)[None].to(place)
    problem = pose(y)
    with create_photo(choices.output, photo, choices.overwrite) as writer:
        best, whole = _solve(regularizer, problem, y, sigma / 255, choices)
        restored = problem.cut(best.x)[0].float().cpu().numpy()
        writer.write_rows(0, as_stored(restored, photo.orientation))
    how = "" if level is not None else " (estimated)"
    first, last = best.energies[0, 0].item(), best.energies[-1, 0].item()
    print(
        f"{image}: sigma {sigma:.1f}{how}, {best.iterations} steps, energy {first:.4g} to "
        f"{last:.4g} -> {choices.output}"
    )
    if not whole:
        report(f"interrupted after {best.iterations} steps; the best image so far was written")
        raise typer.Exit(INTERRUPTED)


def _load(photo: "Photo", choices: Choices, place: "torch.device") -> "LocalRegularizer":
    from sparsight.models import LocalRegularizer
    from sparsight.zoo import load_critic, names

    name = choices.model or ("alr-gray" if photo.colours == 1 else "alr-color")
    if choices.model is None and name not in names():
        raise ValueError(
            f"{photo.path}: no critic for {_kind(photo.colours)} photographs is installed; make "
            f"one by `sparsight train {name}` and give --model FILE.safetensors"
        )
    critic, record = load_critic(name)
    if critic.channels != photo.colours:
        raise ValueError(
            f"{photo.path}: the photograph is {_kind(photo.colours)}, {name} restores "
            f"{_kind(critic.channels)} ones; choose another --model"
        )
    regularizer = LocalRegularizer.of_record(critic.to(place), record)
    if regularizer.strengths is None and choices.strength is None:
        raise ValueError(
            f"{name} holds no table of strengths; give --strength NUMBER, or fit one with "
            "`sparsight restore fit-strength`"
        )
    return regularizer


def _kind(channels: int) -> str:
    return "grey" if channels == 1 else "colour"


def _solve(
    regularizer: "LocalRegularizer",
    problem: Problem,
    y: "torch.Tensor",
    sigma: float,
    choices: Choices,
) -> tuple["Solution", bool]:
    """The last solution and True, or after Ctrl-C that of least energy and False."""
    size = (problem.start.shape[2], problem.start.shape[3])
    solver = regularizer.problem(problem.operator, size, sigma, choices.strength, choices.steps)
    best = now = None
    with Waiting(1) as waiting:
        step = waiting.begin(0, "energy", choices.steps)
        try:
            for now in solver.iterate(y, sigma, problem.start):
                if best is None or now.energies[-1, 0] <= best.energies[-1, 0]:
                    best = now
                step(f"energy {now.energies[-1, 0].item():.5g}")
        except KeyboardInterrupt:
            if best is None:
                raise
            return best, False
    assert now is not None  # a solver yields its start
    return now, True
