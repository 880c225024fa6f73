"""Which kernels each patch chose."""

import pytest
import torch

from sparsight.explain import kernel_selection
from sparsight.networks import Upscaler, sparse


def network() -> Upscaler:
    torch.manual_seed(0)
    return Upscaler(2, 2, 8, 1, sparse(2, 4, patch=8)).eval()


def test_every_layer_tells_in_its_order():
    y = torch.rand(1, 3, 20, 17, generator=torch.Generator().manual_seed(0))
    told = kernel_selection(network(), y)
    assert [s.layer for s in told] == [
        f"blocks.{b}.{c}" for b in (0, 1) for c in ("wide", "narrow")
    ]
    for selection in told:
        assert selection.shares.shape == (3, 3, 4, 2)
        torch.testing.assert_close(selection.shares.sum(3), torch.ones(3, 3, 4))
        assert selection.picture().shape == (3, 20, 17)


def test_a_patch_is_drawn_where_it_is_in_the_colour_of_its_choice():
    model = network()
    layer = model.blocks[0].wide
    with torch.no_grad():
        layer.side.weight.zero_()
        layer.side.weight[0::2] = 100.0  # the first group where features are high
        layer.side.bias.zero_()
        model.head.parametrizations.weight.original1.fill_(1)
        model.head.bias.zero_()
    y = torch.zeros(1, 3, 16, 24)
    y[:, :, 8:, 16:] = 1
    picture = kernel_selection(model, y)[0].picture()
    blue, yellow = picture[:, 12, 20], picture[:, 3, 3]
    assert blue[2] > blue[0]
    assert yellow[0] > yellow[2]
    torch.testing.assert_close(picture[:, 8:, 16:], blue[:, None, None].expand(3, 8, 8))
    torch.testing.assert_close(picture[:, :8, :16], yellow[:, None, None].expand(3, 8, 16))


def test_a_network_without_sparse_layers():
    with pytest.raises(ValueError, match="the network chooses nothing"):
        kernel_selection(Upscaler(2, 1, 8, 1), torch.rand(1, 3, 9, 9))
