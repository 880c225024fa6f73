"""The story of a patch as pictures: where it and its neighbours are, its atoms, its steps."""

import numpy as np
from jaxtyping import Float
from PIL import Image, ImageDraw
from torch import Tensor

from sparsight.explain import drawing
from sparsight.explain.parameters import atom_tile
from sparsight.explain.story import PatchStory
from sparsight.fidelities import PatchFidelity

_SHOWN = 32  # atoms; neighbours as dots
_BOXED = 5  # neighbours drawn whole, with their weight: more would hide each other
_ABOUT = 20  # pixels of the image shown about all patches
_WIDE = 720
_PATCH, _OTHERS = (220, 30, 30), (250, 190, 0)


def patch_pictures(
    story: PatchStory, image: Float[Tensor, "c h w"], fidelity: PatchFidelity
) -> dict[str, Image.Image]:
    """Draws a story.

    Args:
        story: of a patch of the image.
        image: in [0, 1].
        fidelity: of the model.
    """
    return {
        "neighbours": _where(story, image),
        "atoms": _atoms(story, fidelity),
        "steps": _steps(story),
    }


def _array(values: Float[Tensor, "c h w"]) -> np.ndarray:
    array = values.permute(1, 2, 0).cpu().numpy()
    return array[..., 0] if array.shape[-1] == 1 else array


def _where(story: PatchStory, image: Float[Tensor, "c h w"]) -> Image.Image:
    """The image about the patch: a box for it and the heaviest neighbours, dots for others."""
    shown, half = story.neighbours[:_SHOWN], story.noisy.shape[1] / 2
    places = [(story.x, story.y), *((n.x, n.y) for n in shown)]
    edges = int(half) + _ABOUT
    left, top = (max(0, min(p[axis] for p in places) - edges) for axis in (0, 1))
    right, bottom = (max(p[axis] for p in places) + edges + 1 for axis in (0, 1))
    part = image[:, top:bottom, left:right]
    scale = max(1, _WIDE // max(part.shape[1:]))
    sheet = drawing.picture(_array(part), scale)
    pen = ImageDraw.Draw(sheet)

    def middle(x: int, y: int) -> tuple[float, float]:
        return (x + 0.5 - left) * scale, (y + 0.5 - top) * scale

    def frame(x: int, y: int, colour: tuple[int, int, int]) -> None:
        (across, down), size = middle(x, y), half * scale
        pen.rectangle((across - size, down - size, across + size, down + size), None, colour, 3)

    for n in shown:
        (across, down), size = middle(n.x, n.y), scale * (n.weight / shown[0].weight) ** 0.5 / 2
        pen.ellipse((across - size, down - size, across + size, down + size), _OTHERS)
    for n in shown[:_BOXED]:
        frame(n.x, n.y, _OTHERS)
    frame(story.x, story.y, _PATCH)
    for n in shown[:_BOXED]:
        place, says = middle(n.x, n.y), f"{n.weight:.2g}"
        pen.rectangle(pen.textbbox(place, says, drawing.font()), drawing.PAPER)
        pen.text(place, says, drawing.INK, drawing.font())
    says = f"patch at {story.x},{story.y}"
    says += f" (red) and its {len(shown)} heaviest neighbours" if shown else ": no neighbours"
    return drawing.stack([(says, sheet)])


def _atoms(story: PatchStory, fidelity: PatchFidelity) -> Image.Image:
    pair = drawing.tiles(
        [_array(story.noisy), _array(story.estimate)], 2, 12, ["observed", "restored"]
    )
    parts = [("the patch", pair)]
    used = story.uses[:_SHOWN]
    if used:
        tiles = [atom_tile(fidelity.synthesis[:, use.atom], fidelity) for use in used]
        labels = [f"{use.coefficient:+.3f}" for use in used]
        title = f"{len(used)} of {len(story.uses)} atoms of W and their coefficients"
        parts.append((title, drawing.tiles(tiles, 8, 6, labels)))
    return drawing.stack(parts)


def _steps(story: PatchStory) -> Image.Image:
    energies = {
        "before": [step.energy_before for step in story.steps],
        "after": [step.energy_after for step in story.steps],
    }
    counts = {
        "before": [float(step.atoms_before) for step in story.steps],
        "after": [float(step.atoms_after) for step in story.steps],
    }
    return drawing.stack(
        [
            (
                "energy of the codes before and after shrinkage",
                drawing.curves(energies, "step", ""),
            ),
            ("atoms in use before and after shrinkage", drawing.curves(counts, "step", "")),
        ]
    )
