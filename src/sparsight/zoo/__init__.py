"""Trained weights, each with the record of how it was made; `load(name)`."""

from sparsight.zoo.loading import (
    fills_holes,
    jpeg_qualities,
    load_critic,
    load_deblocker,
    load_demosaicker,
    load_denoiser,
    load_inpainter,
    load_scan_restorer,
    load_upscaler,
)
from sparsight.zoo.quality import QUALITIES, quality_of
from sparsight.zoo.store import card, members, names, read_weights, save_weights, weights_path

__all__ = [
    "QUALITIES",
    "card",
    "fills_holes",
    "jpeg_qualities",
    "load_critic",
    "load_deblocker",
    "load_demosaicker",
    "load_denoiser",
    "load_inpainter",
    "load_scan_restorer",
    "load_upscaler",
    "members",
    "names",
    "quality_of",
    "read_weights",
    "save_weights",
    "weights_path",
]
