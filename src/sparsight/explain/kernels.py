"""Which group of kernels each patch chose, block by block: NSR figure 6."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from sparsight.networks import Enhancer, SparseConv2d, Upscaler

# From the first group to the last: blue, then yellow, as in the figure.
_BLUE, _YELLOW = (0.1, 0.2, 0.8), (1.0, 0.9, 0.1)


@dataclass(frozen=True)
class Selection:
    """What the patches of one layer chose.

    Args:
        layer: its name in the network, e.g. "blocks.3.narrow".
        shares: gamma of each patch, cardinal group and group of kernels.
        patch: side in pixels of a patch.
        size: height and width in pixels of what was looked at.
    """

    layer: str
    shares: Float[Tensor, "rows columns d k"]
    patch: int
    size: tuple[int, int]

    def picture(self, cardinal: int = 0) -> Float[Tensor, "3 h w"]:
        """Blue where the first group was chosen, yellow where the last, mixed between.

        Args:
            cardinal: of which cardinal group, from 0.
        """
        share = self.shares[:, :, cardinal]
        place = (share * torch.linspace(0, 1, share.shape[2]).to(share)).sum(2) / share.sum(2)
        pixels = place.repeat_interleave(self.patch, 0).repeat_interleave(self.patch, 1)
        blue, yellow = (torch.tensor(c).to(place)[:, None, None] for c in (_BLUE, _YELLOW))
        return torch.lerp(blue, yellow, pixels[None, : self.size[0], : self.size[1]])


@torch.inference_mode()
def kernel_selection(
    network: Upscaler | Enhancer, y: Float[Tensor, "1 c h w"], level: float = 0.0
) -> list[Selection]:
    """What the sparse layers of a network chose for an image, in their order.

    Args:
        network: with sparse convolutions.
        y: the image that the network sees, in [0, 1].
        level: for networks that look at it.

    Raises:
        ValueError: the network has no layer that chooses.
    """
    sparse = {
        name: layer
        for name, layer in network.named_modules()
        if isinstance(layer, SparseConv2d) and layer.side is not None
    }
    if not sparse:
        raise ValueError("the network chooses nothing; give one with sparse convolutions")
    seen: dict[str, Tensor] = {}
    hooks = [
        layer.register_forward_pre_hook(_remember(seen, name)) for name, layer in sparse.items()
    ]
    try:
        network(y, torch.full((1,), level).to(y))
    finally:
        for hook in hooks:
            hook.remove()
    return [_selection(name, sparse[name], x) for name, x in seen.items()]


def _remember(seen: dict[str, Tensor], name: str) -> Callable[[nn.Module, tuple[Tensor]], None]:
    def remember(_: nn.Module, given: tuple[Tensor]) -> None:
        seen[name] = given[0]

    return remember


def _selection(name: str, layer: SparseConv2d, x: Tensor) -> Selection:
    height, width = x.shape[2:]
    patch = layer.patch or max(height, width)
    rows, columns = -(-height // patch), -(-width // patch)
    shares = layer.choose(x, (rows, columns)).weights.unflatten(0, (rows, columns))
    return Selection(name, shares, patch, (height, width))
