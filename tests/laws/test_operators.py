"""What every linear degradation obeys. A new operator is a new row."""

import pytest
import torch
from tests.laws.test_variational import OPERATORS, image

from sparsight.models.variational import square_norm
from sparsight.operators import Blur, Downsample


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda o: type(o).__name__)
def test_adjoint(operator):
    """<A x, y> = <x, A* y>."""
    x = image(0)
    y = torch.randn(operator.A(x).shape, generator=torch.Generator().manual_seed(1)).double()
    back = operator.A_adjoint(y)
    assert back.shape == x.shape
    torch.testing.assert_close((operator.A(x) * y).sum(), (x * back).sum())


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda o: type(o).__name__)
def test_square_norm_bounds_every_image(operator):
    bound = square_norm(operator, image(0))
    for seed in range(20):
        x = image(seed)
        assert operator.A(x).square().sum() <= bound * x.square().sum()


def test_a_bright_point_becomes_the_kernel():
    kernel = torch.rand(3, 5, generator=torch.Generator().manual_seed(2)).double()
    point = torch.zeros(1, 1, 9, 9).double()
    point[..., 4, 4] = 1
    blurred = Blur(kernel).A(point)
    torch.testing.assert_close(blurred[0, 0, 2:5, 0:5], kernel)


def test_extension_and_crop_are_about_the_observed_image():
    blur, y = Blur(torch.ones(3, 5)), image(0)
    assert blur.A(blur.extend(y)).shape == y.shape
    torch.testing.assert_close(blur.crop(blur.extend(y)), y)


def test_a_kernel_needs_a_middle():
    with pytest.raises(ValueError, match="kernel has 4 x 3 entries; give it odd sides"):
        Blur(torch.ones(4, 3))


def test_squares_must_fill_the_image():
    with pytest.raises(ValueError, match="image is 12x10; its sides must be multiples"):
        Downsample(3).A(image(0))
