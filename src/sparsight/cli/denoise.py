"""`sparsight denoise`: photographs in, restored photographs out."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sparsight.cli.errors import FAILED, INTERRUPTED, explain, fail, report
from sparsight.cli.options import (
    Care,
    check_dtype,
    check_strength,
    choose_model,
    line_or_auto,
    load_model,
    noise_level_or_auto,
)
from sparsight.cli.progress import Waiting

if TYPE_CHECKING:
    from sparsight.cli.plan import Job, Plan
    from sparsight.cli.restore import Begin, NoiseOf, Restorer
    from sparsight.files import Stack
    from sparsight.models import Denoiser, Tiled


def denoise(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT", help="Photographs, folders of them (their tree is kept), patterns."
        ),
    ],
    output: Annotated[
        str,
        typer.Option(
            "--output",
            "-o",
            help="For one photograph a file in a folder that is there; otherwise a folder, made "
            "if need be.",
        ),
    ],
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="One that `sparsight zoo` lists, or a .safetensors file."
        ),
    ] = None,
    sigma: Annotated[
        str,
        typer.Option(
            metavar="LEVEL", help="Noise level in 8-bit units, 0 to 255; auto estimates it."
        ),
    ] = "auto",
    shot: Annotated[
        str | None,
        typer.Option(
            metavar="auto|A,B",
            help="In place of --sigma, for noise of photons in linear pictures: its variance is A "
            "times the value plus B, in the numbers of the file; auto estimates both.",
        ),
    ] = None,
    strength: Annotated[
        float, typer.Option(help="From 0, the input, to 1, the restored image.")
    ] = 1.0,
    quality: Care = "balanced",
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1, mps, ...")] = "auto",
    dtype: Annotated[
        str,
        typer.Option(
            help="float32, bfloat16 or float64; auto is float32, but bfloat16 for convolutional "
            "networks where that is faster."
        ),
    ] = "auto",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Make outputs again that are there already.")
    ] = False,
) -> None:
    """Remove noise from photographs, grey and colour ones by models of their own.

    Bit depth, transparency, EXIF and colour profile are kept. Outputs that a folder holds
    already are skipped, so a run that was stopped can be started again. TIFFs of several pages
    are restored page by page.
    """
    level = noise_level_or_auto(sigma)
    if shot is not None and level is not None:
        raise ValueError("sigma and shot are both given; give one")
    line = None if shot is None else line_or_auto(shot)
    check_strength(strength)
    check_dtype(dtype)
    from sparsight.cli.plan import make_plan

    plan = make_plan(inputs, output, overwrite)
    for problem in plan.problems:
        report(problem)
    if plan.foreign:
        report(f"note: passed over, for their formats are not read here: {_counted(plan.foreign)}")
    run = _Run(plan)
    if plan.jobs:
        from sparsight.cli.restore import Restorer

        @cache
        def load(name: str) -> "Denoiser | Tiled":
            loaded = load_model(name, device, dtype, quality)
            _note_single_level(name, level)
            return loaded

        load(choose_model(model))  # what is wrong with it is said once, before any photograph

        def model_for(colours: int) -> "Denoiser | Tiled":
            return load(choose_model(model, colours))

        noise_of = _noise(level, shot is not None, line)
        restorer = Restorer(model_for, noise_of, strength, dtype == "bfloat16")
        run.restore_all(restorer, " (estimated)" if level is None and line is None else "")
    print(run.summary())
    if run.failed:
        raise typer.Exit(run.unforeseen or FAILED)


def _counted(paths: Sequence[Path]) -> str:
    """How many files there are of each ending: 2 .bmp, 1 .gif."""
    endings = Counter(path.suffix.lower() for path in paths)
    return ", ".join(f"{count} {ending}" for ending, count in sorted(endings.items()))


def _note_single_level(name: str, sigma: float | None) -> None:
    from sparsight.zoo import read_weights

    numbers = read_weights(name)[1].get("arguments", {})
    trained = numbers.get("sigma_low")
    if numbers.get("levels") == 1 and sigma != trained:
        report(f"note: {name} was trained for sigma {trained:g} alone")


def _noise(
    sigma: float | None, photons: bool, line: tuple[float, float] | None
) -> "Callable[[Stack], NoiseOf]":
    """How the noise of the pages of a file is known: as given, or by an estimate."""
    from sparsight.cli.noise_kinds import Gaussian, Photons, PhotonsOfPages, look_for_noise

    if sigma is not None:
        return lambda stack: lambda number, photo: Gaussian(sigma)
    if line is not None:
        return lambda stack: lambda number, photo: Photons((line,))
    return PhotonsOfPages if photons else lambda stack: lambda number, photo: look_for_noise(photo)


class _Run:
    """Goes through a plan and keeps count."""

    def __init__(self, plan: "Plan") -> None:
        self.plan = plan
        self.restored = 0
        self.failed = len(plan.problems)
        self.unforeseen = 0  # the exit code of an error that nobody foresaw
        self.start = time.monotonic()

    def restore_all(self, restorer: "Restorer", how: str) -> None:
        """Restores one photograph after the other; a bad one does not stop the others."""
        with Waiting(len(self.plan.jobs)) as waiting:
            try:
                for number, job in enumerate(self.plan.jobs):
                    self._restore(restorer, job, partial(waiting.begin, number), how)
            except KeyboardInterrupt:
                waiting.close()
                report(f"interrupted; {self.summary()}")
                raise typer.Exit(INTERRUPTED) from None

    def _restore(self, restorer: "Restorer", job: "Job", begin: "Begin", how: str) -> None:
        from sparsight.cli.noise_kinds import told
        from sparsight.files import FileError

        try:
            noises = restorer.restore(job, begin)
        except Exception as error:
            text = explain(error)
            if text is None:
                self.unforeseen, text = fail(error), "it was not restored"
            named = isinstance(error, FileError) and str(job.source) in text
            report(text if named else f"{job.source}: {text}")
            self.failed += 1
            return
        self.restored += 1
        print(f"{job.source}: {told(noises)}{how} -> {job.target}", flush=True)

    def summary(self) -> str:
        """How many were restored, skipped, failed, and how long it took."""
        seconds = time.monotonic() - self.start
        parts = [f"{self.restored} restored", f"{self.plan.skipped} skipped"]
        if self.plan.skipped:
            parts[-1] += " (there already)"
        return f"{', '.join(parts)}, {self.failed} failed, {seconds:.1f} s"
