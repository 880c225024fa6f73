"""The backward pass of the lattice, by hand: equal to finite differences, in float64."""

import pytest
import torch
from torch.autograd import gradcheck

from sparsight.neighbours import LatticeGraph

B, P, N = 2, 3, 6
LATTICE = torch.tensor([1, 4])


@pytest.mark.parametrize("learned", [(True, True), (True, False), (False, True)])
def test_lattice_mix(learned):
    generator = torch.Generator().manual_seed(0)
    values = torch.randn(B, P, N, generator=generator, dtype=torch.float64)
    weights = torch.rand(B, N, 2, generator=generator, dtype=torch.float64)
    inputs = [x.requires_grad_(own) for x, own in zip((values, weights), learned)]
    assert gradcheck(lambda v, a: LatticeGraph(a, LATTICE).mix(v), inputs)
