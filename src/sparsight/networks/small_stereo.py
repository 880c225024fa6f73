"""A stereo network small enough to train on a processor: correlation, convolutions, soft argmin.

After PSMNet and GwcNet, at a quarter of the size throughout; some 27,000 parameters.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from sparsight.networks.matching import correlation_volume, soft_argmin

COARSE = 4


class SmallStereo(nn.Module):
    """Matches features at a quarter of the size.

    Args:
        max_disparity: pixels; a multiple of 4.
        width: channels of the features, a multiple of groups.
        groups: channels of the volume.

    Raises:
        ValueError: max_disparity or width is no such multiple.
    """

    def __init__(self, max_disparity: int = 80, width: int = 24, groups: int = 6):
        super().__init__()
        if max_disparity <= 0 or max_disparity % COARSE:
            raise ValueError(f"max_disparity is {max_disparity}; give a multiple of {COARSE}")
        if width % groups:
            raise ValueError(f"width is {width}; give a multiple of groups, {groups}")
        self.max_disparity, self.groups = max_disparity, groups
        self.features = nn.Sequential(
            *_layer(nn.Conv2d(3, 16, 5, 2, 2)),
            *_layer(nn.Conv2d(16, width, 3, 2, 1)),
            *_layer(nn.Conv2d(width, width, 3, 1, 1)),
            *_layer(nn.Conv2d(width, width, 3, 1, 2, 2)),
            nn.Conv2d(width, width, 3, 1, 1),
        )
        self.volume = nn.Sequential(
            *_layer(nn.Conv3d(groups, 12, 3, 1, 1)),
            *_layer(nn.Conv3d(12, 12, 3, 1, 1)),
            nn.Conv3d(12, 1, 3, 1, 1),
        )
        self.sharpness = nn.Parameter(torch.tensor(10.0))

    def forward(
        self, left: Float[Tensor, "b 3 h w"], right: Float[Tensor, "b 3 h w"]
    ) -> Float[Tensor, "b 1 h w"]:
        """The disparity of every pixel of the left image, in pixels.

        Args:
            left: in [0, 1], rectified, of any size from 16 x 16.
            right: likewise.
        """
        height, width = left.shape[2:]
        spare = (0, -width % COARSE, 0, -height % COARSE)
        padded = [F.pad(image - 0.5, spare, mode="replicate") for image in (left, right)]
        ours, theirs = (self.normalised(self.features(image)) for image in padded)
        levels = self.max_disparity // COARSE
        likeness = correlation_volume(ours, theirs, levels, self.groups)
        # Likeness alone matches already; the convolutions learn what to add.
        score = self.sharpness * likeness.mean(1) + self.volume(likeness)[:, 0]
        coarse = COARSE * soft_argmin(score)
        size = padded[0].shape[2:]
        fine = F.interpolate(coarse, size, mode="bilinear", align_corners=False)
        return fine[..., :height, :width]

    def normalised(self, features: Float[Tensor, "b c h w"]) -> Float[Tensor, "b c h w"]:
        """The features with a mean square of 1 in every group, so that products are cosines."""
        groups = features.unflatten(1, (self.groups, -1))
        return (groups * (groups.square().mean(2, keepdim=True) + 1e-4).rsqrt()).flatten(1, 2)


def _layer(conv: nn.Conv2d | nn.Conv3d) -> tuple[nn.Module, nn.Module, nn.Module]:
    return conv, nn.GroupNorm(4, conv.out_channels), nn.ReLU()
