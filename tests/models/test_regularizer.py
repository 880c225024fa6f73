"""Total variation as a layer."""

import pytest
import torch

from sparsight.models import RegularizedStereo, TVRegularizer


def rand(*shape: int) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(0))


def count(module: torch.nn.Module) -> int:
    return sum(values.numel() for values in module.parameters())


def test_very_few_numbers():
    assert count(TVRegularizer(1, 12)) == 120
    assert count(TVRegularizer(48, 12)) == 120
    assert count(TVRegularizer(1, 12, extragradient=True)) == 240


@pytest.mark.parametrize("shape", [(2, 1, 9, 8), (2, 6, 9, 8), (2, 2, 3, 9, 8), (2, 9, 8)])
def test_anything_with_rows_and_columns_passes(shape):
    channels = 1
    for length in shape[1:-2]:
        channels *= length
    x = rand(*shape)
    smooth = TVRegularizer(channels, 3)(x)
    assert smooth.shape == x.shape
    alone = TVRegularizer(1, 3)(x.reshape(-1, 1, 9, 8)).reshape(shape)
    torch.testing.assert_close(smooth, alone)


@pytest.mark.parametrize("extragradient", [False, True])
def test_it_removes_noise_and_keeps_an_edge(extragradient):
    clean = torch.zeros(1, 1, 24, 24)
    clean[..., 12:] = 5
    noisy = clean + 0.1 * torch.randn(clean.shape, generator=torch.Generator().manual_seed(0))
    smooth = TVRegularizer(1, 12, extragradient)(noisy).detach()
    assert (smooth - clean).square().mean() < 0.5 * (noisy - clean).square().mean()
    assert (smooth[..., 12] - smooth[..., 11]).mean() > 4.8


def test_a_constant_passes_unchanged_and_all_numbers_learn():
    layer = TVRegularizer(1, 2, extragradient=True)
    flat = torch.full((1, 1, 6, 6), 7.0)
    torch.testing.assert_close(layer(flat), flat)
    layer(rand(1, 1, 8, 8)).square().sum().backward()
    for name, values in layer.named_parameters():
        assert values.grad is not None, name
        assert values.grad.abs().sum() > 0, name


def test_refusals():
    with pytest.raises(ValueError, match="steps is 0"):
        TVRegularizer(1, 0)
    with pytest.raises(ValueError, match="x has 2 channels, the layer 3"):
        TVRegularizer(3, 1)(rand(1, 2, 8, 8))


class Shifted(torch.nn.Module):
    def forward(self, left, right):
        return left[:, :1] + right[:, :1]


def test_a_network_and_a_layer():
    left, right = rand(1, 3, 8, 8), rand(1, 3, 8, 8)
    bare = RegularizedStereo(Shifted(), torch.nn.Identity())
    torch.testing.assert_close(bare(left, right), left[:, :1] + right[:, :1])
    layer = TVRegularizer(1, 2)
    smooth = RegularizedStereo(Shifted(), layer)(left, right)
    torch.testing.assert_close(smooth, layer(bare(left, right)))
