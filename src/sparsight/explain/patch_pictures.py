"""The story of a patch as pictures: where it and its neighbours are, its atoms, its steps."""

from jaxtyping import Float
from PIL import Image
from torch import Tensor

from sparsight.explain import drawing
from sparsight.explain.parameters import atom_tile
from sparsight.explain.places import as_array, draw_places
from sparsight.explain.story import PatchStory
from sparsight.fidelities import PatchFidelity

_SHOWN = 32  # atoms


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
        "neighbours": draw_places(
            image, (story.x, story.y), story.neighbours, story.noisy.shape[1], "patch"
        ),
        "atoms": _atoms(story, fidelity),
        "steps": _steps(story),
    }


def _atoms(story: PatchStory, fidelity: PatchFidelity) -> Image.Image:
    pair = drawing.tiles(
        [as_array(story.noisy), as_array(story.estimate)], 2, 12, ["observed", "restored"]
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
