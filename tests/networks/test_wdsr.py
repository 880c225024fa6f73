"""Networks: published sizes, and where they start from."""

import pytest
import torch

from sparsight.networks import Enhancer, Upscaler, edsr_large, edsr_small, plain, sparse
from sparsight.ops import resize_bicubic


def parameters(model: torch.nn.Module) -> int:
    return sum(values.numel() for values in model.parameters())


@pytest.mark.parametrize(("scale", "published"), [(2, 4_877_812), (3, 4_887_637), (4, 4_901_392)])
def test_parameters_as_published(scale, published):
    assert parameters(edsr_small(scale, sparse(4, 16))) == published


@pytest.mark.parametrize(("blocks", "millions"), [(2, 0.15), (4, 0.30), (8, 0.60), (16, 1.2)])
def test_parameters_of_table_2(blocks, millions):
    assert parameters(Upscaler(2, blocks, 32, 4)) / 1e6 == pytest.approx(millions, rel=0.05)


def test_large_network_has_four_times_the_channels_and_twice_the_blocks():
    with torch.device("meta"):
        large, small = edsr_large(2).blocks, edsr_small(2).blocks
    weights = [p for p in large.parameters() if p.shape[1:].numel() > 1]
    assert sum(w.numel() for w in weights) == 32 * 2 * 256 * 256 * 9
    assert len(large) == 2 * len(small)


@pytest.mark.parametrize("scale", [2, 3, 4])
@torch.no_grad()
def test_an_upscaler_starts_near_bicubic(scale):
    torch.manual_seed(0)
    model = Upscaler(scale, 2, 8, 1, sparse(2, 4, patch=8))
    y = torch.rand(2, 3, 20, 24, generator=torch.Generator().manual_seed(0))
    model.tail.parametrizations.weight.original0.zero_()
    model.tail.parametrizations.weight.original1.normal_()
    inner = (..., slice(3 * scale, -3 * scale), slice(3 * scale, -3 * scale))
    bicubic = resize_bicubic(y, (20 * scale, 24 * scale))
    torch.testing.assert_close(model(y)[inner], bicubic[inner])


@pytest.mark.parametrize("convolution", [plain, sparse(2, 4, patch=8)], ids=["plain", "sparse"])
@torch.no_grad()
def test_an_enhancer_sees_the_level(convolution):
    torch.manual_seed(0)
    model = Enhancer(3, 2, 8, 2, convolution)
    y = torch.rand(2, 3, 20, 24, generator=torch.Generator().manual_seed(0))
    low, high = (model(y, torch.full((2,), level)) for level in (0.1, 0.5))
    assert low.shape == y.shape
    assert (low - high).abs().max() > 1e-4


def test_scales_that_there_are_not():
    with pytest.raises(ValueError, match="scale is 5; give 2, 3 or 4"):
        Upscaler(5)
