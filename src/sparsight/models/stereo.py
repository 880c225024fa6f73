"""A stereo network whose disparity passes through a regulariser."""

from jaxtyping import Float
from torch import Tensor, nn


class RegularizedStereo(nn.Module):
    """Games section 4: the network matches, the game smooths.

    Args:
        network: (left, right) -> disparity.
        regularizer: disparity -> disparity, e.g. `TVRegularizer(1)`; nn.Identity() for none.
    """

    def __init__(self, network: nn.Module, regularizer: nn.Module):
        super().__init__()
        self.network = network
        self.regularizer = regularizer

    def forward(
        self, left: Float[Tensor, "b 3 h w"], right: Float[Tensor, "b 3 h w"]
    ) -> Float[Tensor, "b 1 h w"]:
        """The disparity of every pixel of the left image, in pixels."""
        return self.regularizer(self.network(left, right))
