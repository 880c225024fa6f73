"""A place of an image and its neighbours, drawn on it."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from PIL import Image, ImageDraw
from torch import Tensor

from sparsight.explain import drawing
from sparsight.explain.story import Neighbour

_SHOWN = 32  # neighbours as dots
_BOXED = 5  # neighbours drawn whole, with their weight: more would hide each other
_ABOUT, _NEAR = 20, 6  # pixels of the image shown about all patches, about all pixels
_WIDE = 720
_OWN, _PULLS, _PUSHES = (220, 30, 30), (250, 190, 0), (40, 130, 250)


def as_array(values: Float[Tensor, "c h w"]) -> np.ndarray:
    """An image as Pillow has it, (h, w) or (h, w, 3)."""
    array = values.permute(1, 2, 0).cpu().numpy()
    return array[..., 0] if array.shape[-1] == 1 else array


def draw_places(
    image: Float[Tensor, "c h w"],
    at: tuple[int, int],
    neighbours: Sequence[Neighbour],
    side: int,
    what: str,
) -> Image.Image:
    """The image about a place: boxes for it and the heaviest neighbours, dots for others.

    Args:
        image: in [0, 1].
        at: column and row.
        neighbours: the heaviest first.
        side: of a place in pixels.
        what: a place is called.
    """
    shown = neighbours[:_SHOWN]
    places = [at, *((n.x, n.y) for n in shown)]
    edges = side // 2 + _ABOUT if side > 1 else _NEAR
    left, top = (max(0, min(place[axis] for place in places) - edges) for axis in (0, 1))
    right, bottom = (max(place[axis] for place in places) + edges + 1 for axis in (0, 1))
    part = image[:, top:bottom, left:right]
    canvas = _Canvas(part, (left, top), max(1, _WIDE // max(part.shape[1:])))
    for n in shown:
        canvas.dot(n, (abs(n.weight) / (abs(shown[0].weight) or 1.0)) ** 0.5)
    if side > 1:
        for n in shown[:_BOXED]:
            canvas.frame((n.x, n.y), side, _colour(n))
    canvas.frame(at, side, _OWN)
    for n in shown[:_BOXED]:
        canvas.label((n.x, n.y), f"{n.weight:.2g}")
    says = f"{what} at {at[0]},{at[1]}"
    says += f" (red) and its {len(shown)} heaviest neighbours" if shown else ": no neighbours"
    says += "; blue ones push away" if any(n.weight < 0 for n in shown) else ""
    return drawing.stack([(says, canvas.sheet)])


def _colour(neighbour: Neighbour) -> tuple[int, int, int]:
    return _PULLS if neighbour.weight > 0 else _PUSHES


class _Canvas:
    """Part of an image, enlarged, to be drawn on in the image's own columns and rows."""

    def __init__(self, part: Tensor, corner: tuple[int, int], scale: int):
        self.sheet = drawing.picture(as_array(part), scale)
        self.pen = ImageDraw.Draw(self.sheet)
        self.corner = corner
        self.scale = scale

    def middle(self, at: tuple[int, int]) -> tuple[float, float]:
        across, down = (
            (place + 0.5 - first) * self.scale for place, first in zip(at, self.corner, strict=True)
        )
        return across, down

    def dot(self, n: Neighbour, share: float) -> None:
        (across, down), size = self.middle((n.x, n.y)), self.scale * share / 2
        self.pen.ellipse((across - size, down - size, across + size, down + size), _colour(n))

    def frame(self, at: tuple[int, int], side: int, colour: tuple[int, int, int]) -> None:
        (across, down), size = self.middle(at), side * self.scale / 2
        box = (across - size, down - size, across + size, down + size)
        self.pen.rectangle(box, None, colour, 3)

    def label(self, at: tuple[int, int], says: str) -> None:
        place = self.middle(at)
        self.pen.rectangle(self.pen.textbbox(place, says, drawing.font()), drawing.PAPER)
        self.pen.text(place, says, drawing.INK, drawing.font())
