"""Plain convolutional modules that are no prior; one file each."""

from sparsight.networks.psmnet import PSMNet
from sparsight.networks.small_stereo import SmallStereo
from sparsight.networks.tiny_cnn import TinyCNN

__all__ = ["PSMNet", "SmallStereo", "TinyCNN"]
