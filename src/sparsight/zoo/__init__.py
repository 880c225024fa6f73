"""Trained weights, each with the record of how it was made; `load(name)`."""

from sparsight.zoo.quality import QUALITIES
from sparsight.zoo.store import (
    card,
    load_critic,
    load_deblocker,
    load_denoiser,
    load_scan_restorer,
    load_upscaler,
    names,
    read_weights,
    save_weights,
    weights_path,
)

__all__ = [
    "QUALITIES",
    "card",
    "load_critic",
    "load_deblocker",
    "load_denoiser",
    "load_scan_restorer",
    "load_upscaler",
    "names",
    "read_weights",
    "save_weights",
    "weights_path",
]
