"""The tiny networks that Games table A4 compares its priors with."""

from sparsight.fidelities import PixelFidelity
from sparsight.models import Unrolled
from sparsight.networks import TinyCNN
from sparsight.penalties import StandInPrior
from sparsight.solvers import gradient


def tiny_cnn(first: int = 5, second: int = 5, last_bias: int = 1, depth: int = 1) -> Unrolled:
    """A network that finds the noise; it knows one noise level, that of its training.

    Args:
        first: channels after the first layer: 5 for 326 parameters, 10 for 1,200.
        second: after the second: 5, or 11.
        last_bias: 1 if the last layer adds a number (326), 0 if not (1,200).
        depth: how often the network is applied, z - (z - y) - network(z) from z = y.
    """
    prior = StandInPrior(TinyCNN(first, second, bool(last_bias)))
    return Unrolled(PixelFidelity(1), prior, gradient, depth)
