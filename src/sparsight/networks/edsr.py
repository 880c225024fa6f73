"""EDSR as NSR builds and counts it: the frame of WDSR with blocks of width 1 (section 4.3)."""

from sparsight.networks.wdsr import MakeConvolution, Upscaler, plain


def edsr_small(scale: int, convolution: MakeConvolution = plain) -> Upscaler:
    """16 blocks of 64 channels; with `sparse(4, 16)` the published sparse+ network."""
    return Upscaler(scale, 16, 64, 1, convolution)


def edsr_large(scale: int, convolution: MakeConvolution = plain) -> Upscaler:
    """32 blocks of 256 channels."""
    return Upscaler(scale, 32, 256, 1, convolution)
