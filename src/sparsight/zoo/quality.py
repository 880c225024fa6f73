"""Quality against speed, for models that are trained already."""

from dataclasses import dataclass

from sparsight.fidelities import PatchFidelity, PlainPatches
from sparsight.models import AnyLevel, Denoiser, Unrolled
from sparsight.neighbours import Similarity


@dataclass(frozen=True)
class Quality:
    """What is left out to be faster, or done more than once to be better.

    Args:
        thin: similar patches are sought among one in so many; None as in training.
        between: the same for models of every level, where thin says nothing.
        stride: of the patches of a model without neighbours; with neighbours all are coded.
        overlap: how many blocks restore a patch in each direction, for models with neighbours;
            GroupSC's table 9.
        turns: in how many orientations codes without neighbours restore; the mean counts.
    """

    thin: int | None = None
    between: int | None = 9
    stride: tuple[int, int] = (1, 1)
    overlap: int = 1
    turns: int = 1

    def denoiser(self, model: Unrolled, block: int, lowest: float = 0.0) -> Denoiser:
        """A model of patches for images of any size, at this quality.

        Args:
            model: set to this quality.
            block: greatest side of a block in pixels.
            lowest: noise level from which on it was trained, [0, 1] units.
        """
        if isinstance(model.neighbours, Similarity):
            thin = self.thin
            if thin is None and isinstance(model, AnyLevel):
                thin = self.between
            if thin is not None:
                model.neighbours.lattice = model.neighbours.lattice.at(thin)
            return Denoiser(model, block, overlap=self.overlap, lowest=lowest)
        if isinstance(model.fidelity, PatchFidelity | PlainPatches):
            model.fidelity.stride = self.stride
        return Denoiser(model, block, lowest=lowest, turns=self.turns)


QUALITIES = {
    "best": Quality(between=None, overlap=2, turns=4),
    "exact": Quality(thin=1),
    "balanced": Quality(),
    "fast": Quality(thin=17, stride=(1, 2)),
}


def quality_of(name: str, argument: str = "quality") -> Quality:
    """A quality by its name.

    Args:
        name: one of QUALITIES.
        argument: what a message calls it.

    Raises:
        ValueError: there is none of this name.
    """
    if name not in QUALITIES:
        raise ValueError(f"{argument} is {name}; choose one of {', '.join(QUALITIES)}")
    return QUALITIES[name]
