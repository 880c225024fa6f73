"""The features of PSMNet: residual blocks and pooling over four sizes (Chang and Chen, table 1)."""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

POOLS = (64, 32, 16, 8)


class FeatureExtraction(nn.Module):
    """32 channels at a quarter of the size."""

    def __init__(self):
        super().__init__()
        first = [_norm(3, 32, 3, 2), nn.ReLU(), _norm(32, 32, 3), nn.ReLU()]
        self.firstconv = nn.Sequential(*first, _norm(32, 32, 3), nn.ReLU())
        self.layer1 = _layer(32, 32, 3)
        self.layer2 = _layer(32, 64, 16, stride=2)
        self.layer3 = _layer(64, 128, 3)
        self.layer4 = _layer(128, 128, 3, dilation=2)
        self.branch1, self.branch2, self.branch3, self.branch4 = map(_branch, POOLS)
        last = nn.Conv2d(128, 32, 1, bias=False)
        self.lastconv = nn.Sequential(_norm(320, 128, 3), nn.ReLU(), last)

    def forward(self, x: Float[Tensor, "b 3 _ _"]) -> Float[Tensor, "b 32 _ _"]:
        """The features of an image; its quarter must hold the largest pool."""
        raw = self.layer2(self.layer1(self.firstconv(x)))
        deep = self.layer4(self.layer3(raw))
        branches = (self.branch4, self.branch3, self.branch2, self.branch1)
        pooled = [
            F.interpolate(branch(deep), deep.shape[2:], mode="bilinear", align_corners=False)
            for branch in branches
        ]
        return self.lastconv(torch.cat([raw, deep, *pooled], 1))


class Block(nn.Module):
    """Two convolutions beside a way past them."""

    def __init__(self, ours: int, theirs: int, stride: int, dilation: int):
        super().__init__()
        first = _norm(ours, theirs, 3, stride, dilation)
        self.conv1 = nn.Sequential(first, nn.ReLU())
        self.conv2 = _norm(theirs, theirs, 3, 1, dilation)
        self.downsample = _norm(ours, theirs, 1, stride) if (ours, stride) != (theirs, 1) else None

    def forward(self, x: Tensor) -> Tensor:
        """Their sum; nothing is rectified after it."""
        past = x if self.downsample is None else self.downsample(x)
        return self.conv2(self.conv1(x)) + past


def _layer(ours: int, theirs: int, blocks: int, stride: int = 1, dilation: int = 1) -> nn.Module:
    rest = [Block(theirs, theirs, 1, dilation) for _ in range(blocks - 1)]
    return nn.Sequential(Block(ours, theirs, stride, dilation), *rest)


def _branch(side: int) -> nn.Sequential:
    return nn.Sequential(nn.AvgPool2d(side, side), _norm(128, 32, 1), nn.ReLU())


def _norm(ours: int, theirs: int, side: int, stride: int = 1, dilation: int = 1) -> nn.Sequential:
    padding = dilation * (side // 2)
    conv = nn.Conv2d(ours, theirs, side, stride, padding, dilation, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(theirs))
