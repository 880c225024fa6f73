"""Data terms h(z; y): how codes start from an image and decode into one."""

from sparsight.fidelities.centring import Centring, centre_all, centre_observed
from sparsight.fidelities.measured import MeasuredFidelity
from sparsight.fidelities.patches import PatchFidelity
from sparsight.fidelities.pixels import PixelFidelity
from sparsight.fidelities.plain_patches import PlainPatches
from sparsight.fidelities.renewal import (
    MaskAfterFirstStep,
    SameData,
    VarianceReduction,
)

__all__ = [
    "Centring",
    "MaskAfterFirstStep",
    "MeasuredFidelity",
    "PatchFidelity",
    "PixelFidelity",
    "PlainPatches",
    "SameData",
    "VarianceReduction",
    "centre_all",
    "centre_observed",
]
