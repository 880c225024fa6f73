"""A patch score that grows with the squared distance to clean patches (ALR section 6).

ALR's critic is a distance, of slope 1 everywhere, while the data term is a square. Its conclusion
suggests the square of the distance, the potential of the 2-Wasserstein distance. Half a square
norm of features is never below 0, grows as a square does, and has no slope where it vanishes.
"""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn

from sparsight.penalties.critic import Layer, PatchCritic


class SquaredCritic(nn.Module):
    """r: half the squared norm of the last layer's channels.

    Args:
        channels: of the image, 1 or 3.
        layers: from the image on; the last has as many channels as there are features.
    """

    def __init__(self, channels: int, layers: Sequence[Layer]):
        super().__init__()
        self.network = PatchCritic(channels, layers)

    @property
    def channels(self) -> int:
        """Of the image."""
        return self.network.channels

    @property
    def field(self) -> int:
        """Side of the patch that a score depends on."""
        return self.network.field

    @property
    def stride(self) -> int:
        """Pixels from one score's patch to the next."""
        return self.network.stride

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b _ _"]:
        """The score of each patch on a grid; arguments and errors as of `PatchCritic`."""
        return self.network.features(x).square().sum(1) / 2

    def extra_repr(self) -> str:
        """What it sees."""
        return self.network.extra_repr()
