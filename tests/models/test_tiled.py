"""Tiles: the same as the whole image, whatever its size."""

import pytest
import torch

from sparsight.models import Tiled
from sparsight.networks import Enhancer, Upscaler, plain, sparse


def image(*shape: int) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(0))


def upscaler(convolution, blocks: int = 2) -> Upscaler:
    """A network whose gates and blocks matter much."""
    torch.manual_seed(0)
    model = Upscaler(2, blocks, 8, 1, convolution).eval()
    for name, values in model.named_parameters():
        if "side" in name or "tail" in name:
            values.data *= 5
    return model


KINDS = pytest.mark.parametrize(
    "convolution", [plain, sparse(3, 4, patch=4)], ids=["plain", "sparse"]
)


@KINDS
@pytest.mark.parametrize("size", [(50, 61), (7, 90), (3, 3)])
@torch.no_grad()
def test_tiled_is_whole(convolution, size):
    network = upscaler(convolution)
    y = image(1, 3, *size)
    whole, tiled = network(y), Tiled(network, tile=10)
    assert tiled.steps((3, *size)) == -(-size[0] // tiled.tile) * -(-size[1] // tiled.tile)
    torch.testing.assert_close(tiled(y), whole, atol=1e-5, rtol=0)


@KINDS
@torch.no_grad()
def test_strips_are_the_image_and_read_no_more_than_they_need(convolution):
    tiled = Tiled(upscaler(convolution, blocks=1), tile=8)
    y, read = image(1, 64, 20), []

    def rows(top, bottom):
        read.append(bottom - top)
        return y[:, top:bottom]

    strips = dict(tiled.strips(rows, (1, 64, 20)))
    together = torch.cat([strips[top] for top in sorted(strips)], 1)
    torch.testing.assert_close(together, tiled(y[None])[0], atol=1e-6, rtol=0)
    assert max(read) <= tiled.tile + 2 * tiled.reach


@torch.no_grad()
def test_the_reach_is_not_too_great():
    """Of all rows above a tile, the farthest that matters is at most a patch nearer."""
    network = upscaler(sparse(3, 4, patch=4), blocks=4).double()
    tiled, top = Tiled(network, tile=4), 40
    y = image(1, 3, 44, 4).double()
    matters = []
    for row in range(top):
        changed = y.clone()
        changed[:, :, row] += 0.5
        difference = (network(y) - network(changed))[:, :, 2 * top :].abs().max()
        matters.append(bool(difference > 1e-13))
    farthest = top - matters.index(True)
    assert tiled.reach - 2 * tiled.step < farthest <= tiled.reach


@KINDS
@torch.no_grad()
def test_bfloat16_rounds_what_is_added_and_not_the_image(convolution):
    network, y = upscaler(convolution), image(1, 3, 30, 30)
    exact, rough = Tiled(network, 16)(y), Tiled(network, 16, torch.bfloat16)(y)
    assert rough.dtype == torch.float32
    for name, values in network.tail.named_parameters():
        if "original1" not in name:  # lengths of kernels, and biases
            values.data.zero_()
    image_alone = Tiled(network, 16, torch.bfloat16)(y)
    assert 0 < (rough - exact).abs().max() < 0.05 * (exact - image_alone).abs().max()
    torch.testing.assert_close(image_alone, Tiled(network, 16)(y))


@torch.no_grad()
def test_levels_reach_the_network():
    torch.manual_seed(0)
    network = Enhancer(1, 1, 8, 1, plain).eval()
    y = image(1, 1, 20, 20)
    torch.testing.assert_close(Tiled(network, 8)(y, 0.3), network(y, torch.tensor([0.3])))


def test_levels_may_differ_from_image_to_image():
    torch.manual_seed(0)
    tiled = Tiled(Enhancer(1, 1, 8, 1, plain).eval(), 8)
    for channels in (1, 3):
        y = image(2, channels, 20, 20)
        both = tiled(y, torch.tensor([0.1, 0.3]))
        for i, sigma in enumerate((0.1, torch.tensor(0.3))):
            torch.testing.assert_close(both[i : i + 1], tiled(y[i : i + 1], sigma))


@pytest.mark.parametrize(
    ("sigma", "message"),
    [
        (None, "sigma is missing; give one number"),
        (25.0, "8-bit noise levels divided by 255"),
        (1.5, "between 0 and 1"),
        (-1.0, "between 0 and 1"),
        (float("nan"), "between 0 and 1"),
        (float("inf"), "between 0 and 1"),
        (torch.rand(3), "give one number, or one per image"),
    ],
)
def test_levels_that_are_none(sigma, message):
    with pytest.raises(ValueError, match=message):
        Tiled(Enhancer(1, 1, 8, 1).eval(), 8)(image(1, 1, 12, 10), sigma)


@torch.no_grad()
def test_grey_networks_restore_colour_and_colour_networks_grey():
    torch.manual_seed(0)
    tone = image(1, 1, 12, 10)
    grey, colour = Tiled(Enhancer(1, 1, 8, 1), 8), Tiled(upscaler(plain), 8)
    assert grey(image(1, 3, 12, 10), 0.1).shape == (1, 3, 12, 10)
    torch.testing.assert_close(colour(tone), colour(tone.expand(-1, 3, -1, -1)).mean(1, True))


def test_refusals():
    with pytest.raises(ValueError, match="chosen by the whole image"):
        Tiled(Upscaler(2, 1, 8, 1, sparse(2, 4)))
