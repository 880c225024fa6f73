"""Plain convolutional modules that are no prior; one file each."""

from sparsight.networks.psmnet import PSMNet
from sparsight.networks.small_stereo import SmallStereo

__all__ = ["PSMNet", "SmallStereo"]
