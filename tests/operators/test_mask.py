"""Masks: what a solver starts from."""

import pytest
import torch

from sparsight.operators import Mask


@pytest.mark.parametrize("lost", [float("nan"), float("inf"), 7.0])
def test_what_stands_at_lost_places_is_no_matter(lost):
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(2, 3, 12, 10, generator=generator)
    seen = (torch.rand(1, 1, 12, 10, generator=generator) > 0.5).float()
    mask = Mask(seen)
    filled = mask.fill(torch.where(seen > 0, x, lost))
    assert bool(filled.isfinite().all())
    torch.testing.assert_close(filled, mask.fill(seen * x))
    assert torch.equal(seen * filled, seen * x)
