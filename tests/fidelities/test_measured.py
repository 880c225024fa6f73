"""Codes of an image seen through an operator."""

from dataclasses import dataclass

import pytest
import torch

from sparsight.bank import Bank
from sparsight.fidelities import MeasuredFidelity, PatchFidelity, PixelFidelity
from sparsight.models import Unrolled
from sparsight.operators import MaskedFourier
from sparsight.ops import count_patches
from sparsight.penalties import L1Prior
from sparsight.protocols import State
from sparsight.recipes.mri import cssc_variance, cstv
from sparsight.solvers import proximal

SIZE = (8, 7)


def draw(*shape: int, seed: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def mask(seed: int = 5) -> torch.Tensor:
    return (draw(1, 1, *SIZE, seed=seed) > -0.3).double()


def tied() -> PatchFidelity:
    dictionary = 0.3 * draw(9, 12, seed=1)
    return PatchFidelity(dictionary, dictionary.clone(), dictionary.clone(), 3)


CODES = {"pixels": PixelFidelity(1), "patches": tied()}


@pytest.mark.parametrize("codes", CODES.values(), ids=CODES)
def test_the_gradient_is_that_of_the_squares(codes):
    """1/2 ||A x(z) - y||^2 by autograd, where patches count a pixel as often as they cover it."""
    operator = MaskedFourier(mask())
    y = operator.A(draw(1, 1, *SIZE, seed=0))
    fidelity = MeasuredFidelity(codes, MaskedFourier)
    data = fidelity.observe(y, mask())
    z = draw(*fidelity.start(data).shape, seed=2).requires_grad_()
    image = codes.predict(z, data)
    seen = image.detach().requires_grad_()
    (pulled,) = torch.autograd.grad((operator.A(seen) - y).abs().square().sum() / 2, seen)
    count = count_patches(*SIZE, codes.side, pulled)
    (expected,) = torch.autograd.grad(image, z, pulled * count)
    torch.testing.assert_close(fidelity.gradient(z, data), expected)
    torch.testing.assert_close(fidelity.descend(z, data, 0.5), z - 0.5 * expected)


def test_it_starts_from_zero_filling():
    operator = MaskedFourier(mask())
    y = operator.A(draw(2, 1, *SIZE, seed=0))
    fidelity = MeasuredFidelity(PixelFidelity(1), MaskedFourier)
    data = fidelity.observe(y, mask())
    image = fidelity.decode(fidelity.start(data), data)
    torch.testing.assert_close(image, operator.A_adjoint(y))


def test_a_mask_that_is_not_given_is_where_something_was_observed():
    y = MaskedFourier(mask()).A(draw(1, 1, *SIZE, seed=0))
    model = cstv(depth=3).double()
    rate = torch.tensor([0.3]).double()
    torch.testing.assert_close(model(y, rate), model(y, rate, mask()))


def test_data_of_another_fidelity_are_refused():
    fidelity = MeasuredFidelity(PixelFidelity(1), MaskedFourier)
    data = PixelFidelity(1).observe(draw(1, 1, *SIZE, seed=0))
    with pytest.raises(ValueError, match="the data hold no measurement"):
        fidelity.gradient(data.centred, data)


@dataclass(frozen=True)
class Sampled:
    """Any operator of the protocol will do: here one that keeps some pixels of an image."""

    mask: torch.Tensor

    def A(self, x):
        return self.mask * x

    def A_adjoint(self, y):
        return self.mask * y


def test_pixels_through_a_mask_of_pixels_are_masked_pixels():
    y = mask() * draw(1, 1, *SIZE, seed=0)
    measured, plain = MeasuredFidelity(PixelFidelity(1), Sampled), PixelFidelity(1)
    z = draw(1, 1, SIZE[0] * SIZE[1], seed=1)
    ours = measured.gradient(z, measured.observe(y, mask()))
    torch.testing.assert_close(ours, plain.gradient(z, plain.observe(y, mask())))


def test_sparse_codes_end_where_no_step_moves():
    """Least squares through A plus l1: at a fixed point the field lies within the threshold."""
    dictionary = draw(9, 12, seed=1)
    dictionary = dictionary / torch.linalg.matrix_norm(dictionary, 2)
    codes = PatchFidelity(dictionary, dictionary.clone(), dictionary.clone(), 3)
    fidelity = MeasuredFidelity(codes, MaskedFourier)
    thresholds = Bank([0.3], torch.full((1, 1, 12), 0.2, dtype=torch.float64))
    model = Unrolled(fidelity, L1Prior(thresholds), proximal, 1)
    data = fidelity.observe(MaskedFourier(mask()).A(draw(1, 1, *SIZE, seed=0)), mask())
    state = State(0, fidelity.start(data), data, fidelity)
    with torch.no_grad():
        for _ in range(3000):
            state = State(0, model.advance(model.prepare(state, 0)), data, fidelity)
        slope = -fidelity.gradient(state.z, data)
    assert (state.z != 0).any()
    assert slope.abs().max() < 0.2 + 1e-4
    used = state.z != 0
    torch.testing.assert_close(slope[used], 0.2 * state.z[used].sign(), atol=1e-4, rtol=0)


def test_patches_must_cover_the_image():
    codes = tied()
    codes.stride = (3, 2)
    fidelity = MeasuredFidelity(codes, MaskedFourier)
    with pytest.raises(ValueError, match="8x7 image has pixels without a patch"):
        fidelity.observe(MaskedFourier(mask()).A(draw(1, 1, *SIZE, seed=0)), mask())


def test_variance_acts_on_measured_patches():
    y = MaskedFourier(mask()).A(draw(1, 1, *SIZE, seed=0)).to(torch.complex64)
    model = cssc_variance(patch=3, atoms=12, depth=3)
    rate = torch.tensor([0.3])
    with_pull = model(y, rate)
    torch.nn.init.zeros_(model.prior.smooth[0].strength.values)
    assert (with_pull - model(y, rate)).abs().max() > 1e-5
