"""Sparse-kernel networks of NSR: super-resolution, denoising, JPEG."""

from sparsight.networks import Enhancer, Upscaler, plain, sparse
from sparsight.networks.wdsr import MakeConvolution
from sparsight.recipes.schedule import Schedule

# Section 4.1: 800 images, 100 crops of each per epoch, 30 epochs, rates fall at 20 and 25.
_EPOCH = 800 * 100 // 16
NSR = Schedule(
    steps=30 * _EPOCH,
    batch=16,
    together=16,
    crop=96,
    lr=1e-3,
    lr_factor=0.2,
    lr_first=20 * _EPOCH,
    lr_every=5 * _EPOCH,
    epsilon=1e-8,
    check_drop=1.0,
)


def upscale(
    scale: int = 2,
    blocks: int = 16,
    features: int = 64,
    width: int = 1,
    groups_k: int = 4,
    cardinality: int = 16,
    patch: int = 16,
) -> Upscaler:
    """Super-resolution of RGB images; by default EDSR (S) with sparse+ layers.

    Args:
        scale: 2, 3 or 4.
        blocks: residual blocks.
        features: channels of the blocks.
        width: how many times wider a block is within.
        groups_k: groups of kernels; 1 for ordinary convolutions.
        cardinality: parts of the channels that choose apart.
        patch: side, in pixels of the small image, of what chooses as one.
    """
    return Upscaler(scale, blocks, features, width, _convolution(groups_k, cardinality, patch))


def enhance(
    channels: int = 1,
    blocks: int = 16,
    features: int = 32,
    width: int = 1,
    groups_k: int = 2,
    cardinality: int = 16,
    patch: int = 16,
) -> Enhancer:
    """Denoising and JPEG artefacts, section 4.3; by default its sparse- network.

    Args:
        channels: 1 grey, 3 RGB.
        blocks: residual blocks.
        features: channels of the blocks.
        width: how many times wider a block is within.
        groups_k: groups of kernels; 1 for ordinary convolutions.
        cardinality: parts of the channels that choose apart.
        patch: side in pixels of what chooses as one.
    """
    return Enhancer(channels, blocks, features, width, _convolution(groups_k, cardinality, patch))


def _convolution(k: int, cardinality: int, patch: int) -> MakeConvolution:
    return plain if k == 1 else sparse(k, cardinality, patch)
