"""The story of a pixel as pictures: its neighbours, their weights in turn, its moves."""

from jaxtyping import Float
from PIL import Image
from torch import Tensor

from sparsight.explain import drawing
from sparsight.explain.places import draw_places
from sparsight.explain.story import PixelStory

_ACROSS = 24  # graphs in a row
_WIDE = 560  # of a picture


def pixel_pictures(story: PixelStory, image: Float[Tensor, "c h w"]) -> dict[str, Image.Image]:
    """Draws a story.

    Args:
        story: of a pixel of the image.
        image: in [0, 1].
    """
    pictures = {
        "neighbours": draw_places(image, (story.x, story.y), story.neighbours, 1, "pixel"),
        "steps": _moves(story),
    }
    return pictures | ({"weights": _weights(story)} if story.weights else {})


def _weights(story: PixelStory) -> Image.Image:
    most = max(weights.abs().max().item() for weights in story.weights)
    pieces = [
        drawing.stencil(dict(zip(story.offsets, weights.tolist(), strict=True)), most)
        for weights in story.weights
    ]
    side = len(pieces[0])
    count = min(len(pieces), _ACROSS)
    scale = max(3, min(12, _WIDE // (count * (side + 1))))
    many = "graphs from left to right" if len(pieces) > 1 else "one graph"
    title = f"weights about the pixel, {many}; white is {most:.3g}, grey 0"
    return drawing.stack([(title, drawing.tiles(pieces, count, scale))])


def _moves(story: PixelStory) -> Image.Image:
    first = story.noisy.mean().item()
    # Looks ahead are taken back.
    moves = [move for move in story.moves if not move.look]
    values = {"pixel": [0.0, *(255 * (move.value - first) for move in moves)]}
    parts = {
        "by data": [255 * move.by_data for move in moves],
        "by neighbours": [255 * move.by_neighbours for move in moves],
    }
    return drawing.stack(
        [
            ("how far from what was observed before each move, in 8-bit steps", _curves(values)),
            ("what moved it, in 8-bit steps", _curves(parts)),
        ]
    )


def _curves(lines: dict[str, list[float]]) -> Image.Image:
    return drawing.curves(lines, "move", "")
