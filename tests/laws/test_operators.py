"""What every linear degradation obeys. A new operator is a new row."""

import pytest
import torch
from tests.laws import test_variational as spatial

from sparsight.models.variational import square_norm
from sparsight.operators import Blur, Downsample, MaskedFourier, PhasedFourier
from sparsight.protocols import Operator


def draw(*shape: int, seed: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def some(rows: int, columns: int, seed: int = 9) -> torch.Tensor:
    return (draw(1, 1, rows, columns, seed=seed) > 0).double()


OPERATORS = {
    "fourier": MaskedFourier(some(6, 7)),
    "fourier, one mask per image": MaskedFourier(torch.cat([some(6, 7, s) for s in (1, 2)])),
    "fourier, a row of the mask": MaskedFourier(some(1, 7)),
    "fourier with phase": PhasedFourier(some(6, 7)),
}
operators = pytest.mark.parametrize("operator", OPERATORS.values(), ids=OPERATORS)
each_spatial = pytest.mark.parametrize("operator", spatial.SPATIAL, ids=lambda o: type(o).__name__)


def like(y: torch.Tensor, seed: int) -> torch.Tensor:
    parts = draw(*y.shape, seed=seed), draw(*y.shape, seed=seed + 1)
    return torch.complex(*parts) if y.is_complex() else parts[0]


@operators
def test_the_adjoint_is_the_adjoint(operator):
    """Re <A x, y> = <x, A* y>: images are real."""
    x = draw(2, 1, 6, 7, seed=0)
    seen = operator.A(x)
    y = like(seen, seed=3)
    back = operator.A_adjoint(y)
    assert back.shape == x.shape
    torch.testing.assert_close((seen.conj() * y).real.sum(), (x * back).sum())
    assert isinstance(operator, Operator)


@operators
def test_what_was_not_observed_is_zero(operator):
    seen = operator.A(draw(2, 1, 6, 7, seed=0))
    lost = operator.mask.expand(len(seen), 1, 6, 7) == 0
    assert lost.any()
    assert (seen[lost] == 0).all()


@operators
def test_no_image_grows(operator):
    """The largest singular value is 1 at most, hence a step of 1 is safe."""
    for seed in range(10):
        x = draw(2, 1, 6, 7, seed=seed)
        assert operator.A(x).abs().square().sum() <= x.square().sum() + 1e-9


@pytest.mark.parametrize("kind", [MaskedFourier, PhasedFourier])
def test_all_frequencies_give_the_image_back(kind):
    x, operator = draw(2, 1, 6, 7, seed=0), kind(torch.ones(1, 1, 6, 7).double())
    torch.testing.assert_close(operator.A_adjoint(operator.A(x)), x)


def test_zero_frequency_stands_at_the_first_entry():
    corner = torch.zeros(1, 1, 6, 7).double()
    corner[..., 0, 0] = 1
    x = draw(1, 1, 6, 7, seed=0)
    mean = MaskedFourier(corner).A_adjoint(MaskedFourier(corner).A(x))
    torch.testing.assert_close(mean, x.mean().expand_as(x))


def test_phased_images_are_pairs():
    mask, x = some(6, 7), draw(4, 1, 6, 7, seed=0)
    whole = torch.complex(x[0::2], x[1::2])
    expected = mask * torch.fft.fft2(whole, norm="ortho")
    torch.testing.assert_close(PhasedFourier(mask).A(x), expected)


def test_it_agrees_with_deepinv_up_to_the_shift():
    """Its MRI physics has zero frequency in the middle and two channels for a complex image."""
    physics = pytest.importorskip("deepinv").physics
    mask, x = some(6, 7), draw(2, 1, 6, 7, seed=0)
    theirs = physics.MRI(mask=torch.fft.fftshift(mask, (2, 3)).float(), img_size=(2, 6, 7))
    seen = theirs.A(torch.fft.fftshift(x, (2, 3)).reshape(1, 2, 6, 7).float())
    ours = torch.fft.fftshift(PhasedFourier(mask).A(x), (2, 3))
    torch.testing.assert_close(torch.complex(seen[:, :1], seen[:, 1:]), ours.to(torch.complex64))


@each_spatial
def test_adjoint_of_spatial_operators(operator):
    """<A x, y> = <x, A* y>."""
    x = spatial.image(0)
    y = torch.randn(operator.A(x).shape, generator=torch.Generator().manual_seed(1)).double()
    back = operator.A_adjoint(y)
    assert back.shape == x.shape
    torch.testing.assert_close((operator.A(x) * y).sum(), (x * back).sum())


@each_spatial
def test_square_norm_bounds_every_image(operator):
    bound = square_norm(operator, spatial.image(0))
    for seed in range(20):
        x = spatial.image(seed)
        assert operator.A(x).square().sum() <= bound * x.square().sum()


def test_a_bright_point_becomes_the_kernel():
    kernel = torch.rand(3, 5, generator=torch.Generator().manual_seed(2)).double()
    point = torch.zeros(1, 1, 9, 9).double()
    point[..., 4, 4] = 1
    blurred = Blur(kernel).A(point)
    torch.testing.assert_close(blurred[0, 0, 2:5, 0:5], kernel)


def test_extension_and_crop_are_about_the_observed_image():
    blur, y = Blur(torch.ones(3, 5)), spatial.image(0)
    assert blur.A(blur.extend(y)).shape == y.shape
    torch.testing.assert_close(blur.crop(blur.extend(y)), y)


def test_a_kernel_needs_a_middle():
    with pytest.raises(ValueError, match="kernel has 4 x 3 entries; give it odd sides"):
        Blur(torch.ones(4, 3))


def test_squares_must_fill_the_image():
    with pytest.raises(ValueError, match="image is 12x10; its sides must be multiples"):
        Downsample(3).A(spatial.image(0))
