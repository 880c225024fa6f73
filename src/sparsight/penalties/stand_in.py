"""A small network where the gradient of a penalty would stand (Games table A4, "tiny CNN").

It is the gradient of nothing: the baseline that priors with a meaning are compared with.
"""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor, nn

from sparsight.protocols import State


@dataclass(frozen=True)
class StandIn:
    """What a network makes of the present estimate.

    Args:
        network: image to image.
        size: rows and columns of the image.
    """

    network: nn.Module
    size: tuple[int, int]

    def gradient(self, z: Float[Tensor, "b c n"]) -> Float[Tensor, "b c n"]:
        """The network's answer."""
        return self.network(z.unflatten(2, self.size)).flatten(2)


class StandInPrior(nn.Module):
    """The same network at every move.

    Args:
        network: image to image, of the same size.
    """

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, state: State) -> StandIn:
        """The network on images of this size."""
        return StandIn(self.network, state.data.size)
