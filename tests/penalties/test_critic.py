"""What a critic sees, and that whole images are no more than their patches."""

import pytest
import torch
import torch.nn.functional as F

from sparsight.penalties import PUBLISHED, CriticPenalty, Layer, Mirrored, PatchCritic
from sparsight.penalties.critic import receptive_field
from sparsight.recipes.alr import alr

STRIDED = (Layer(6), Layer(6, stride=2), Layer(2), Layer(3, 1))


@pytest.fixture(params=[STRIDED, (Layer(5), Layer(1))], ids=["strided", "plain"])
def critic(request) -> PatchCritic:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return PatchCritic(3, request.param).double().requires_grad_(False)


def image(height: int = 21, width: int = 18) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.rand(2, 3, height, width, generator=generator, dtype=torch.float64)


def test_receptive_field_of_the_papers_nets():
    """The text says 15 x 15; six unpadded 3 x 3 layers see 13 x 13, and so does the program."""
    assert receptive_field([Layer(64)] * 6) == (13, 1)
    assert receptive_field(PUBLISHED) == (13, 3)
    assert "sees 13 x 13 pixels, every 1" in repr(alr())


def test_a_score_depends_on_its_patch_and_on_all_of_it(critic):
    field, stride = critic.field, critic.stride
    x = image().requires_grad_()
    row, column = 2, 1
    (slope,) = torch.autograd.grad(critic(x)[0, row, column], x)
    rows, columns = slope[0].abs().sum(0).nonzero().unbind(1)
    assert slope[1].abs().max() == 0
    assert rows.min() >= row * stride
    assert rows.max() < row * stride + field
    assert columns.min() >= column * stride
    assert columns.max() < column * stride + field


def test_scores_of_an_image_are_those_of_its_patches(critic):
    field, stride = critic.field, critic.stride
    patches = F.unfold(image(), field, stride=stride).mT.reshape(-1, 3, field, field)
    torch.testing.assert_close(critic(image()).flatten(), critic(patches).flatten())


def test_slope_is_the_gradient_and_has_its_derivatives(critic):
    """That of autograd, and by the weights its second derivatives, on images with a remainder."""
    critic.requires_grad_()
    x = image(20, 17).requires_grad_()
    (expected,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    slope, weights = critic.slope(x), [part.weight for part in critic.convolutions]
    torch.testing.assert_close(slope, expected)
    norms = (part.square().sum((1, 2, 3)).sqrt().sum() for part in (slope, expected))
    ours, theirs = (torch.autograd.grad(norm, weights) for norm in norms)
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("pixels", [1, 100, 250])
def test_strips_give_what_the_whole_gives(critic, pixels):
    whole, strips = CriticPenalty(critic), CriticPenalty(critic, pixels)
    assert len(strips._strips(image())) > 1
    torch.testing.assert_close(strips.value(image()), whole.value(image()))
    for ours, expected in zip(
        strips.value_and_gradient(image()), whole.value_and_gradient(image()), strict=True
    ):
        torch.testing.assert_close(ours, expected)


def test_mirrored_margin_makes_all_pixels_count_alike():
    """A sum instead of a critic counts patches: with the margin each pixel is in as many."""

    class Sum:
        def value(self, x):
            return self.value_and_gradient(x)[0]

        def value_and_gradient(self, x):
            x = x.detach().requires_grad_()
            with torch.enable_grad():
                value = F.avg_pool2d(x, 5, 1).sum((1, 2, 3))
                return value.detach(), torch.autograd.grad(value.sum(), x)[0]

    plain = Sum().value_and_gradient(image())[1]
    assert plain.max() > 20 * plain.min()
    mirrored = Mirrored(Sum(), 2).gradient(image())
    torch.testing.assert_close(mirrored, torch.ones_like(mirrored))


def test_mirrored_gradient_is_that_of_its_value(critic):
    penalty, x = Mirrored(CriticPenalty(critic), critic.field // 2), image()
    generator = torch.Generator().manual_seed(1)
    value, gradient = penalty.value_and_gradient(x)
    torch.testing.assert_close(value, penalty.value(x))
    torch.testing.assert_close(gradient, penalty.gradient(x))
    way = 1e-6 * torch.randn(x.shape, generator=generator, dtype=x.dtype)
    rise = (penalty.value(x + way) - penalty.value(x - way)) / 2
    torch.testing.assert_close(rise, (way * gradient).sum((1, 2, 3)), atol=1e-12, rtol=1e-5)


@pytest.mark.parametrize("shape", [(1, 3, 20, 3), (1, 1, 20, 20)])
def test_images_that_do_not_suit(critic, shape):
    with pytest.raises(ValueError, match="this critic takes 3 channels and at least"):
        critic(torch.zeros(shape).double())
