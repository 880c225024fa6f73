"""A convolutional network with a few hundred numbers (Games table A4).

Three layers of 3 x 3 kernels: 5 and 5 channels and biases throughout make 326 parameters, 10 and
11 channels and no last bias 1,200.
"""

from jaxtyping import Float
from torch import Tensor, nn


class TinyCNN(nn.Module):
    """Image to image of one channel.

    Args:
        first: channels after the first layer.
        second: after the second.
        last_bias: whether the last layer adds a number.
    """

    reach = 3

    def __init__(self, first: int = 5, second: int = 5, last_bias: bool = True):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, first, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(first, second, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(second, 1, 3, padding=1, bias=last_bias),
        )

    def forward(self, y: Float[Tensor, "b 1 h w"]) -> Float[Tensor, "b 1 h w"]:
        """The last layer's image."""
        return self.layers(y)
