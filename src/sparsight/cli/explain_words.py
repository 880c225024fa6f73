"""The stories of patches and pixels on the terminal."""

from typing import TYPE_CHECKING

from sparsight.cli.tables import show_table

if TYPE_CHECKING:
    from sparsight.explain import PatchStory, PixelStory

_ROWS = 12


def tell_patch(story: "PatchStory", title: str) -> None:
    """Atoms, neighbours, steps, below a title."""
    print(title)
    atoms = [
        [f"{use.atom}", f"{use.coefficient:+.4f}", f"{255 * use.contribution:.1f}"]
        for use in story.uses[:_ROWS]
    ]
    heads = ["atom", ">coefficient", ">contribution (8-bit)"]
    show_table(heads, atoms, f"{len(atoms)} of {len(story.uses)} atoms")
    _tell_neighbours(story, "the model looks at each patch alone")
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


def tell_pixel(story: "PixelStory", title: str) -> None:
    """Neighbours and moves, below a title."""
    print(title)
    _tell_neighbours(story, "the model knows no graph")
    moves = [
        [
            f"{number}{' (look)' if move.look else ''}",
            f"{255 * move.by_data:+.2f}",
            f"{255 * move.by_neighbours:+.2f}",
            f"{255 * move.value:.1f}",
        ]
        for number, move in enumerate(story.moves)
    ]
    noisy, estimate = (255 * values.mean().item() for values in (story.noisy, story.estimate))
    heads = ["move", ">by data", ">by neighbours", ">pixel afterwards"]
    show_table(heads, moves, f"observed {noisy:.1f}, restored {estimate:.1f} (8-bit)")


def _tell_neighbours(story: "PatchStory | PixelStory", alone: str) -> None:
    if not story.neighbours:
        print(f"no neighbours: {alone}\n")
        return
    near = [[f"{n.x},{n.y}", f"{n.weight:.4f}"] for n in story.neighbours[:_ROWS]]
    heads = ["neighbour", ">weight"]
    show_table(heads, near, f"{len(near)} of {len(story.neighbours)} neighbours")
