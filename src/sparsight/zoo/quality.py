"""Quality against speed, for models that are trained already."""

from dataclasses import dataclass

from sparsight.fidelities import PatchFidelity, PlainPatches
from sparsight.models import Unrolled
from sparsight.neighbours import Similarity


@dataclass(frozen=True)
class Quality:
    """What is left out to be faster.

    Args:
        thin: similar patches are sought among one in so many; None as in training.
        stride: of the patches of a model without neighbours; with neighbours all are coded.
    """

    thin: int | None = None
    stride: tuple[int, int] = (1, 1)

    def apply(self, model: Unrolled) -> None:
        """Sets a model to this quality."""
        if isinstance(model.neighbours, Similarity):
            if self.thin is not None:
                model.neighbours.lattice = model.neighbours.lattice.at(self.thin)
        elif isinstance(model.fidelity, PatchFidelity | PlainPatches):
            model.fidelity.stride = self.stride


QUALITIES = {
    "exact": Quality(thin=1),
    "balanced": Quality(),
    "fast": Quality(thin=17, stride=(1, 2)),
}


def quality_of(name: str) -> Quality:
    """A quality by its name.

    Raises:
        ValueError: there is none of this name.
    """
    if name not in QUALITIES:
        raise ValueError(f"quality is {name}; choose one of {', '.join(QUALITIES)}")
    return QUALITIES[name]
