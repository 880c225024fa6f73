"""The story of a patch or a pixel: plain data that `explain_patch` and `explain_pixel` gather."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class Use:
    """An atom that the patch uses.

    Attributes:
        atom: its number.
        coefficient: its code after the last step.
        contribution: norm of what it adds to the patch, coefficient times column of W.
    """

    atom: int
    coefficient: float
    contribution: float


@dataclass(frozen=True)
class Neighbour:
    """A patch that the model looked at beside this one.

    Attributes:
        x: column of its middle; mirrored back into the image if it lies in the margin.
        y: row of its middle.
        weight: a_jk at the last step, where a patch has 1 for itself; below 0 it pushes away.
    """

    x: int
    y: int
    weight: float


@dataclass(frozen=True)
class StepRecord:
    """One step: codes after the data term's move, and after the penalty's.

    Attributes:
        energy_before: sum of squares before the penalty shrinks the codes.
        energy_after: afterwards.
        atoms_before: codes that are not 0.
        atoms_after: afterwards.
    """

    energy_before: float
    energy_after: float
    atoms_before: int
    atoms_after: int


@dataclass(frozen=True)
class PatchStory:
    """All that happened to a patch.

    Attributes:
        x: column of the pixel at its middle.
        y: row.
        sigma: noise level, [0, 1] units.
        noisy: the patch as it was, (c, s, s).
        estimate: W z and the mean, before overlapping patches are averaged, (c, s, s).
        mean: of the patch, which does not pass through the model.
        uses: atoms, the greatest contribution first.
        neighbours: the greatest weight first; empty for models that look at each patch alone.
        steps: in order.
    """

    x: int
    y: int
    sigma: float | None
    noisy: Float[Tensor, "c s s"]
    estimate: Float[Tensor, "c s s"]
    mean: float
    uses: tuple[Use, ...]
    neighbours: tuple[Neighbour, ...]
    steps: tuple[StepRecord, ...]


@dataclass(frozen=True)
class PixelMove:
    """One move of a pixel, means over its channels.

    Attributes:
        value: where it stands afterwards, in [0, 1] units.
        by_data: what the data term moved it by.
        by_neighbours: what the penalty moved it by.
        look: whether the next move starts over from where this one began (extra-gradient).
    """

    value: float
    by_data: float
    by_neighbours: float
    look: bool


@dataclass(frozen=True)
class PixelStory:
    """All that happened to a pixel.

    Attributes:
        x: its column.
        y: its row.
        sigma: noise level, [0, 1] units.
        noisy: as it was, (c,).
        estimate: after the last move, (c,).
        neighbours: within the image, the greatest weight of the last graph first; empty for
            models that have none.
        moves: in order.
        weights: of each graph in turn, (o,): one per move where weights are learned per move,
            one per refresh where they follow the image.
        offsets: rows and columns to the o neighbours.
    """

    x: int
    y: int
    sigma: float | None
    noisy: Float[Tensor, " c"]
    estimate: Float[Tensor, " c"]
    neighbours: tuple[Neighbour, ...]
    moves: tuple[PixelMove, ...]
    weights: tuple[Float[Tensor, " o"], ...]
    offsets: tuple[tuple[int, int], ...]
