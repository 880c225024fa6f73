"""Figures of the BLORC experiments, small enough for the repository."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from torch import Tensor

DPI = 70


def matrices(shown: dict[str, Tensor], path: Path) -> None:
    """Matrices in grey, each on its own scale, which its title tells."""
    columns = min(4, len(shown))
    rows = -(-len(shown) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(3 * columns, 3.2 * rows), squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for axis, (title, matrix) in zip(axes.flat, shown.items()):
        top = matrix.abs().max().item()
        axis.imshow(matrix, cmap="gray", vmin=-top, vmax=top)
        axis.set_title(f"{title} (±{top:.2g})", fontsize=9)
    _save(figure, path)


def signals(lines: dict[str, Tensor], path: Path) -> None:
    """Signals over each other."""
    figure, axis = plt.subplots(figsize=(6, 2.5))
    for name, line in lines.items():
        axis.step(range(len(line)), line, where="mid", label=name, alpha=0.8)
    axis.legend(fontsize=8)
    _save(figure, path)


def filters(shown: dict[str, tuple[Tensor, Tensor]], path: Path) -> None:
    """Images, and beside each its 16 strongest filters."""
    figure = plt.figure(figsize=(9, 2.6))
    for number, (title, (image, analysis)) in enumerate(shown.items()):
        axis = figure.add_subplot(1, 2 * len(shown), 2 * number + 1)
        axis.imshow(image, cmap="gray")
        axis.set_title(title, fontsize=9)
        axis.axis("off")
        axis = figure.add_subplot(1, 2 * len(shown), 2 * number + 2)
        axis.imshow(mosaic(analysis), cmap="gray")
        axis.axis("off")
    _save(figure, path)


def mosaic(analysis: Tensor, side: int = 8, across: int = 4) -> Tensor:
    """The strongest filters, each on its own scale, with gaps."""
    strongest = analysis[analysis.norm(dim=1).argsort(descending=True)[: across**2]]
    tiles = strongest / strongest.abs().amax(1, keepdim=True)
    padded = tiles.new_ones(across, across, side + 1, side + 1)
    padded[..., :side, :side] = tiles.reshape(across, across, side, side)
    return padded.permute(0, 2, 1, 3).reshape(across * (side + 1), -1)


def curves(histories: dict[str, list[dict[str, float]]], path: Path) -> None:
    """Training and validation errors by epoch."""
    figure, axes = plt.subplots(1, len(histories), figsize=(3 * len(histories), 2.6))
    for axis, (title, history) in zip(axes, histories.items()):
        for key in ("training", "validation"):
            axis.plot([epoch[key] for epoch in history], label=key)
        axis.set_title(title, fontsize=9)
        axis.set_ylim(bottom=0)
        axis.set_xlabel("epoch", fontsize=8)
    axes[0].legend(fontsize=8)
    _save(figure, path)


def gallery(pictures: dict[str, Tensor], path: Path) -> None:
    """Images side by side."""
    figure, axes = plt.subplots(1, len(pictures), figsize=(2.2 * len(pictures), 2.5))
    for axis, (title, picture) in zip(axes, pictures.items()):
        axis.imshow(picture.clamp(0, 1), cmap="gray", vmin=0, vmax=1)
        axis.set_title(title, fontsize=8)
        axis.axis("off")
    _save(figure, path)


def _save(figure, path: Path) -> None:
    figure.tight_layout()
    figure.savefig(path, dpi=DPI)
    plt.close(figure)
