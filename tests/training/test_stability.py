"""What keeps the training of sparse codes from diverging (Games section 3.3, table 2)."""

import pytest
import torch
from tests.training.makers import piecewise

from sparsight.data import NoisyCrops
from sparsight.recipes import bind
from sparsight.training.initial import initialise
from sparsight.training.supervised import backward_crops, normalise

SMALL = ("atoms=32", "patch=5", "depth=24")


def losses(name: str, lr: float, largest: float = 0.0, steps: int = 15) -> list[float]:
    """On the same crops, while a dictionary is trained that is too large for steps of 1."""
    recipe = bind(name, SMALL)
    model, pictures = recipe.model(), piecewise()
    initialise(model, pictures, None, recipe.schedule)
    with torch.no_grad():
        for matrix in (model.fidelity.dictionary, model.fidelity.preconditioner):
            matrix.mul_(1.6)
    clean, noisy, sigma = NoisyCrops(pictures, 20, 4, (25.0, 25.0)).draw(0)
    optimiser = torch.optim.Adam(model.parameters(), lr)
    found = []
    for _ in range(steps):
        if largest:
            normalise(model.fidelity, largest)
        found.append(backward_crops(model, clean, noisy, sigma, torch.ones(4)))
        if not found[-1] < 1e6:
            break
        optimiser.step()
    return found


def test_plain_steps_diverge():
    assert not losses("sc-gray", 2e-3)[-1] < 1e4


@pytest.mark.parametrize(("name", "largest"), [("sc-barzilai-gray", 0.0), ("sc-gray", 1.0)])
def test_barzilai_borwein_and_spectral_normalisation_train(name, largest):
    """At the learning rate and from the matrices that plain steps diverge with."""
    found = losses(name, 2e-3, largest)
    assert len(found) == 15
    assert found[-1] < 0.9 * found[0]


class Root(torch.nn.Module):
    """Its derivative does not exist for an image of zeros."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor(2.0))

    def forward(self, y, sigma):
        return y * (self.weight * y.abs().sum()).sqrt()


@pytest.mark.parametrize("together", [1, 2, 3, 4])
def test_crops_without_a_finite_gradient_are_left_out(together):
    good = torch.rand(2, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    crops = torch.cat([good, torch.zeros_like(good)])
    sigma = torch.zeros(4)
    whole, part = Root(), Root()
    loss = backward_crops(whole, crops, crops, sigma, torch.ones(4), together)
    alone = backward_crops(part, good, good, sigma[:2], torch.ones(2), together)
    assert loss == pytest.approx(alone / 2)
    torch.testing.assert_close(whole.weight.grad, part.weight.grad / 2)
    assert backward_crops(whole, crops[2:], crops[2:], sigma[2:], torch.ones(2), together) == 0
    assert whole.weight.grad is None


def test_gradients_of_low_precision_come_back_in_one_thread_too(monkeypatch):
    """There the mode of whoever calls is on while gradients are taken."""
    monkeypatch.setattr("sparsight.ops.native.usable", lambda *codes: False)
    recipe = bind("groupsc-gray", ("atoms=32", "patch=5", "depth=4", "window=16"))
    pictures = piecewise()
    model = recipe.model()
    initialise(model, pictures, None, recipe.schedule)
    crops = (*NoisyCrops(pictures, 20, 2, (25.0, 25.0)).draw(0), torch.ones(2))
    wanted = backward_crops(model, *crops)
    gradients = [parameter.grad for parameter in model.parameters()]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.autocast("cpu", torch.bfloat16):
        found = backward_crops(model, *crops)
    torch.set_num_threads(threads)
    assert found == pytest.approx(wanted, rel=0.02)
    for parameter, gradient in zip(model.parameters(), gradients, strict=True):
        if gradient is None:
            continue  # of refreshes that 4 steps do not see
        assert parameter.grad.dtype == torch.float32
        assert (parameter.grad - gradient).norm() < 0.2 * gradient.norm()
