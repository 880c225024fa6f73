"""`sparsight denoise1d`: signals in, denoised signals out."""

from pathlib import Path
from typing import Annotated

import typer

from sparsight.cli.errors import report

FAR = 3.0  # times as much noise, or as little, as a model was learned from


def denoise1d(
    signal: Annotated[
        Path, typer.Argument(metavar="SIGNAL", help=".npy or .csv: a signal, or one per row.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="A .npy or .csv file.")],
    model: Annotated[
        str, typer.Option(metavar="NAME", help="A model of signals, or a .safetensors file.")
    ] = "blorc-1d",
    sigma: Annotated[
        str,
        typer.Option(
            metavar="LEVEL",
            help="Noise level in the signal's units: the penalty is scaled with it; "
            "learned takes the one of the training, auto estimates it.",
        ),
    ] = "learned",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an output that is there already.")
    ] = False,
) -> None:
    """Remove noise from signals with a learned analysis operator.

    Signals longer than the model's are cut into overlapping windows. blorc-1d was learned from
    piecewise-constant signals of peak 1 with noise of 0.1; `sparsight train blorc-1d` learns
    from pairs of your own.
    """
    if output.exists() and not overwrite:
        raise ValueError(f"{output} is there already; add --overwrite to replace it")
    if not output.parent.is_dir():
        raise ValueError(f"{output}: the folder {output.parent} does not exist; create it first")
    import torch

    from sparsight.files.signals import check_suffix, read_signals, write_signals
    from sparsight.metrics import estimate_signal_noise
    from sparsight.models.windows import denoise_windows
    from sparsight.zoo.signals import load_signal_model

    check_suffix(output)
    y = torch.from_numpy(read_signals(signal))
    chosen, record = load_signal_model(model)
    learned = float(record["sigma"])
    if sigma == "learned":
        level = learned
    else:
        level = estimate_signal_noise(y) if sigma == "auto" else _level(sigma)
    x = denoise_windows(chosen, y, level / learned) if level > 0 else y
    write_signals(output, x.numpy())
    if sigma == "learned":
        _note_other_noise(estimate_signal_noise(y), learned, model)
    count = f"{len(y)} signal{'s' * (len(y) > 1)} of {y.shape[1]} samples"
    print(f"{signal}: {count}, sigma {level:.4g} -> {output}")


def _note_other_noise(found: float, learned: float, model: str) -> None:
    """A penalty learned for other noise takes too little away, or the signal with it."""
    if not learned / FAR < found < learned * FAR:
        report(
            f"note: the noise looks like {found:.3g}, {model} was learned from {learned:g}; "
            "--sigma auto goes by the signal"
        )


def _level(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise ValueError(f"sigma is {text}; give a number from 0 up, learned, or auto")
    return value
