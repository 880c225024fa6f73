"""The training loss, against its definition pixel by pixel."""

import torch

from sparsight.training.loss import counted_square_loss


def draw(seed: int, *shape: int) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def covering(length: int, side: int, at: int) -> int:
    """How many windows of `side` within `length` cover a place."""
    return sum(first <= at < first + side for first in range(length - side + 1))


def test_errors_count_by_the_number_of_patches_inside_the_square():
    x, clean, side = draw(0, 2, 3, 6, 9), draw(1, 2, 3, 6, 9), 3
    total = 0.0
    for row in range(6):
        for column in range(9):
            count = covering(6, side, row) * covering(9, side, column) / side**2
            total += ((count * (x - clean)[:, :, row, column]) ** 2).sum().item()
    assert abs(counted_square_loss(x, clean, side).item() - total / 2) < 1e-10


def test_the_greatest_count_weighs_1():
    """In an image smaller than two patches no pixel lies in side^2 of them."""
    x = torch.zeros(1, 1, 4, 4, dtype=torch.float64)
    x[0, 0, 2, 2] = 1
    assert counted_square_loss(x, torch.zeros_like(x), 3).item() == 1


def test_balance_weighs_images():
    x, clean = draw(0, 2, 1, 8, 8), draw(1, 2, 1, 8, 8)
    alone = [counted_square_loss(x[i : i + 1], clean[i : i + 1], 3) for i in range(2)]
    balanced = counted_square_loss(x, clean, 3, torch.tensor([2.0, 0.5]).double())
    torch.testing.assert_close(balanced, (2 * alone[0] + 0.5 * alone[1]) / 2)


def test_a_perfect_image_costs_nothing():
    x = draw(0, 1, 1, 8, 8)
    assert counted_square_loss(x, x, 3) == 0


def test_full_evenness_is_the_gradient_of_mean_decibels():
    """Up to a factor that is the same for all images; evenness 0 is the plain loss."""
    generator = torch.Generator().manual_seed(0)
    clean = torch.rand(3, 1, 9, 9, generator=generator, dtype=torch.float64)
    spread = torch.tensor([0.02, 0.1, 0.5]).double()[:, None, None, None]
    noise = torch.randn(clean.shape, generator=generator, dtype=torch.float64)
    x = (clean + spread * noise).requires_grad_()
    even = torch.autograd.grad(counted_square_loss(x, clean, 1, evenness=1.0), x)[0]
    decibels = (x - clean).square().mean((1, 2, 3)).log10().mean()
    factor = even / torch.autograd.grad(decibels, x)[0]
    torch.testing.assert_close(factor, factor[0, 0, 0, 0].expand_as(factor))
    plain = counted_square_loss(x, clean, 1)
    assert counted_square_loss(x, clean, 1, evenness=0.0) == plain
