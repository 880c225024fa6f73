"""A score of squared distance: a square, over patches, with the gradient of its value."""

import pytest
import torch
import torch.nn.functional as F

from sparsight.penalties import CriticPenalty, Layer, Mirrored, SquaredCritic
from sparsight.recipes.alr import squared


@pytest.fixture
def critic() -> SquaredCritic:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layers = [Layer(6), Layer(6, stride=2), Layer(5)]
        return SquaredCritic(3, layers).double().requires_grad_(False)


def image() -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.rand(2, 3, 21, 18, generator=generator, dtype=torch.float64)


def test_scores_are_half_squares_of_features(critic):
    features = critic.network.features(image())
    assert features.shape[1] == 5
    torch.testing.assert_close(critic(image()), features.square().sum(1) / 2)


def test_scores_of_an_image_are_those_of_its_patches(critic):
    field, stride = critic.field, critic.stride
    patches = F.unfold(image(), field, stride=stride).mT.reshape(-1, 3, field, field)
    torch.testing.assert_close(critic(image()).flatten(), critic(patches).flatten())


def test_without_biases_it_grows_with_the_square(critic):
    """ReLU keeps positive factors: the score of 3 x is 9 times that of x."""
    for convolution in critic.network.convolutions:
        convolution.bias.zero_()
    torch.testing.assert_close(critic(3 * image()), 9 * critic(image()))


def test_gradient_is_that_of_the_value(critic):
    penalty, x = Mirrored(CriticPenalty(critic, 60), critic.field // 2), image()
    value, gradient = penalty.value_and_gradient(x)
    torch.testing.assert_close(value, penalty.value(x))
    way = 1e-6 * torch.randn(x.shape, generator=torch.Generator().manual_seed(1), dtype=x.dtype)
    rise = (penalty.value(x + way) - penalty.value(x - way)) / 2
    torch.testing.assert_close(rise, (way * gradient).sum((1, 2, 3)), atol=1e-12, rtol=1e-5)


def test_what_it_sees_is_shown():
    assert "sees 13 x 13 pixels, every 1" in repr(squared())
    with pytest.raises(ValueError, match="this critic takes 3 channels and at least 13 x 13"):
        squared()(torch.zeros(1, 1, 20, 20))
