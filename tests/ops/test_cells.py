"""Overlapping cells: torch's windows, and their adjoint."""

import pytest
import torch

from sparsight.ops import cut_cells, lay_cells

CASES = pytest.mark.parametrize(
    ("span", "step"),
    [((6, 6), (4, 4)), ((4, 4), (4, 4)), ((5, 3), (2, 3)), ((3, 3), (4, 5)), ((9, 8), (2, 3))],
)


def image(*shape: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


@CASES
def test_cells_are_torchs_windows(span, step):
    x = image(2, 3, 17, 21)
    windows = x.unfold(2, span[0], step[0]).unfold(3, span[1], step[1])
    assert torch.equal(cut_cells(x, span, step), windows.permute(0, 2, 3, 1, 4, 5))


@CASES
def test_laying_is_the_adjoint_of_cutting(span, step):
    x = image(2, 3, 17, 21)
    cells = cut_cells(x, span, step)
    other = image(*cells.shape)
    laid = lay_cells(other, step, (17, 21))
    torch.testing.assert_close((cells * other).sum(), (x * laid).sum())


@CASES
def test_gradient(span, step):
    x = image(1, 2, 11, 12).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: cut_cells(x, span, step), x)
