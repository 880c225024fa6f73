"""Plain convolutional modules that are no prior; one file each."""

from sparsight.networks.edsr import edsr_large, edsr_small
from sparsight.networks.gates import GumbelGate, HardGate, SigmoidGate, SoftmaxGate
from sparsight.networks.psmnet import PSMNet
from sparsight.networks.small_stereo import SmallStereo
from sparsight.networks.sparse_conv import SparseConv2d, convert
from sparsight.networks.tiny_cnn import TinyCNN
from sparsight.networks.wdsr import Enhancer, Upscaler, arrange, plain, settle, sparse

__all__ = [
    "Enhancer",
    "GumbelGate",
    "HardGate",
    "PSMNet",
    "SigmoidGate",
    "SmallStereo",
    "SoftmaxGate",
    "SparseConv2d",
    "TinyCNN",
    "Upscaler",
    "arrange",
    "convert",
    "edsr_large",
    "edsr_small",
    "plain",
    "settle",
    "sparse",
]
