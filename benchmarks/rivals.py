"""What a user would pick instead, for its speed: architectures with random weights, and BM3D."""

import importlib.util
from collections.abc import Callable

import torch
from torch import Tensor, nn

Program = Callable[[Tensor], Tensor]


def dncnn(depth: int = 17, width: int = 64) -> nn.Module:
    """DnCNN: 3 x 3 convolutions, batch norms folded into them, noise out."""
    layers: list[nn.Module] = [nn.Conv2d(1, width, 3, padding=1), nn.ReLU(inplace=True)]
    for _ in range(depth - 2):
        layers += [nn.Conv2d(width, width, 3, padding=1), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers, nn.Conv2d(width, 1, 3, padding=1)).eval()


class FFDNet(nn.Module):
    """FFDNet: 15 layers on four half-size images and a map of the noise level."""

    def __init__(self, depth: int = 15, width: int = 64):
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(5, width, 3, padding=1), nn.ReLU(inplace=True)]
        for _ in range(depth - 2):
            layers += [nn.Conv2d(width, width, 3, padding=1), nn.ReLU(inplace=True)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(width, 4, 3, padding=1))

    def forward(self, y: Tensor) -> Tensor:
        """Restores (b, 1, h, w)."""
        height, width = y.shape[2:]
        y = nn.functional.pad(y, (0, width % 2, 0, height % 2), mode="replicate")
        small = nn.functional.pixel_unshuffle(y, 2)
        level = torch.full_like(small[:, :1], 25 / 255)
        restored = nn.functional.pixel_shuffle(self.layers(torch.cat([small, level], 1)), 2)
        return restored[:, :, :height, :width]


def network(net: nn.Module, low: bool) -> Program:
    """A network in float32, or channels-last under bfloat16 autocast."""
    net = net.to(memory_format=torch.channels_last) if low else net

    def run(y: Tensor) -> Tensor:
        y = y.contiguous(memory_format=torch.channels_last) if low else y
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=low):
            return net(y)

    return run


def bm3d() -> Program | None:
    """BM3D of the package `bm3d`, if it is installed."""
    if importlib.util.find_spec("bm3d") is None:
        return None
    import bm3d as package

    return lambda y: torch.as_tensor(package.bm3d(y[0, 0].numpy(), 25 / 255))
