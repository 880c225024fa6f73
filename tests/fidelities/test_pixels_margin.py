"""Pixels beyond the border."""

import pytest
import torch

from sparsight.fidelities import PixelFidelity


def test_the_margin_mirrors_and_comes_off_again():
    y = torch.rand(2, 3, 5, 6, generator=torch.Generator().manual_seed(0))
    fidelity = PixelFidelity(3, margin=2)
    data = fidelity.observe(y)
    z = fidelity.start(data)
    assert data.size == (9, 10)
    mirrored = z.unflatten(2, data.size)
    assert torch.equal(mirrored[:, :, 2:-2, 2:-2], y)
    assert torch.equal(mirrored[:, :, 0, 2:-2], y[:, :, 2])
    assert torch.equal(mirrored[:, :, 2:-2, -1], y[..., -3])
    assert torch.equal(fidelity.decode(z, data), y)


@pytest.mark.parametrize("margin", [0, 2])
def test_masks_go_with_the_pixels(margin):
    y, mask = torch.rand(1, 3, 5, 6), (torch.arange(90).reshape(1, 3, 5, 6) % 2).float()
    data = PixelFidelity(3, margin).observe(y, mask)
    assert data.mask is not None
    seen = PixelFidelity(3, margin).decode(data.mask * data.centred, data)
    assert torch.equal(seen, mask * y)
