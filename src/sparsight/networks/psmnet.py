"""PSMNet, the stereo network that Games regularises (Chang and Chen, CVPR 2018; Games table 5).

Modules are nested as the authors' program nests them, so that their checkpoints load: names of
parameters are part of that program's interface. The stacked hourglass has 5,224,768 parameters.
"""

from collections.abc import Mapping

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from sparsight.networks.matching import concatenated_volume, soft_argmin
from sparsight.networks.psmnet_features import FeatureExtraction

WRAPPED = "module."  # what data-parallel training puts before every name


class PSMNet(nn.Module):
    """Features, a volume of 64 channels at a quarter of the size, three hourglasses.

    Args:
        max_disparity: pixels; a multiple of 16.

    Raises:
        ValueError: max_disparity is no such multiple.
    """

    def __init__(self, max_disparity: int = 192):
        super().__init__()
        if max_disparity <= 0 or max_disparity % 16:
            raise ValueError(f"max_disparity is {max_disparity}; give a multiple of 16")
        self.max_disparity = max_disparity
        self.feature_extraction = FeatureExtraction()
        self.dres0 = nn.Sequential(_norm(64, 32), nn.ReLU(), _norm(32, 32), nn.ReLU())
        self.dres1 = nn.Sequential(_norm(32, 32), nn.ReLU(), _norm(32, 32))
        self.dres2, self.dres3, self.dres4 = (Hourglass(32) for _ in range(3))
        self.classif1, self.classif2, self.classif3 = (_classifier() for _ in range(3))

    def forward(
        self, left: Float[Tensor, "b 3 h w"], right: Float[Tensor, "b 3 h w"]
    ) -> Float[Tensor, "b 1 h w"]:
        """The disparity of every pixel of the left image, in pixels.

        Args:
            left: normalised as the weights know it (ImageNet's means and deviations), rectified;
                sides multiples of 16 and at least 256.
            right: likewise.
        """
        return self.stages(left, right)[-1]

    def stages(
        self, left: Float[Tensor, "b 3 h w"], right: Float[Tensor, "b 3 h w"]
    ) -> tuple[Float[Tensor, "b 1 h w"], ...]:
        """The disparity after each hourglass, which training supervises all."""
        features = self.feature_extraction(left), self.feature_extraction(right)
        cost = self.dres0(concatenated_volume(*features, self.max_disparity // 4))
        cost = self.dres1(cost) + cost
        out1, first, last = self.dres2(cost, None, None)
        out1 = out1 + cost
        out2, _, last = self.dres3(out1, first, last)
        out2 = out2 + cost
        out3, _, _ = self.dres4(out2, first, last)
        out3 = out3 + cost
        score1 = self.classif1(out1)
        score2 = self.classif2(out2) + score1
        score3 = self.classif3(out3) + score2
        size = (self.max_disparity, *left.shape[2:])
        return tuple(self._disparity(score, size) for score in (score1, score2, score3))

    def load_authors(self, state: Mapping[str, Tensor]) -> None:
        """Takes the weights of an authors' checkpoint, its `state_dict` entry.

        Raises:
            RuntimeError: names or shapes differ.
        """
        names = {key.removeprefix(WRAPPED): value for key, value in state.items()}
        # Their module of disparities has no weights, but newer programs save its constant.
        self.load_state_dict({k: v for k, v in names.items() if not k.startswith("disp")})

    def _disparity(self, score: Tensor, size: tuple[int, ...]) -> Tensor:
        return soft_argmin(F.interpolate(score, size, mode="trilinear", align_corners=False)[:, 0])


class Hourglass(nn.Module):
    """Down to a quarter and up again, with ways across.

    Args:
        width: channels.
    """

    def __init__(self, width: int):
        super().__init__()
        wide = 2 * width
        self.conv1 = nn.Sequential(_norm(width, wide, 2), nn.ReLU())
        self.conv2 = _norm(wide, wide)
        self.conv3 = nn.Sequential(_norm(wide, wide, 2), nn.ReLU())
        self.conv4 = nn.Sequential(_norm(wide, wide), nn.ReLU())
        self.conv5 = _enlarge(wide, wide)
        self.conv6 = _enlarge(wide, width)

    def forward(
        self, x: Tensor, before: Tensor | None, after: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The volume, and what the next hourglass adds to its own way down and up."""
        down = self.conv2(self.conv1(x))
        down = F.relu(down if after is None else down + after)
        up = self.conv5(self.conv4(self.conv3(down)))
        up = F.relu(up + (down if before is None else before))
        return self.conv6(up), down, up


def _norm(ours: int, theirs: int, stride: int = 1) -> nn.Sequential:
    conv = nn.Conv3d(ours, theirs, 3, stride, 1, bias=False)
    return nn.Sequential(conv, nn.BatchNorm3d(theirs))


def _enlarge(ours: int, theirs: int) -> nn.Sequential:
    conv = nn.ConvTranspose3d(ours, theirs, 3, 2, 1, output_padding=1, bias=False)
    return nn.Sequential(conv, nn.BatchNorm3d(theirs))


def _classifier() -> nn.Sequential:
    last = nn.Conv3d(32, 1, 3, 1, 1, bias=False)
    return nn.Sequential(_norm(32, 32), nn.ReLU(), last)
