"""Clipped differences: compiled, plain, and written out as loops."""

import math

import pytest
import torch

from sparsight.neighbours import NEAREST, square_window
from sparsight.ops import clipped_differences, native, shift

ROWS, COLUMNS = 5, 21
PLACES = ROWS * COLUMNS
WINDOWS = {"nearest": NEAREST, "window": square_window(2), "far": ((0, 4), (-4, -6), (9, 0))}


def draw(*shape: int, seed: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def inputs(offsets, alike: bool, shared: bool) -> tuple[torch.Tensor, ...]:
    o, b = len(offsets), 1 if shared else 2
    weights = draw(b, o, 1 if alike else PLACES, seed=1)
    alpha, bound = draw(b, 1, 1, seed=2).exp(), 0.3 * draw(b, 1, 1, seed=3).exp()
    return draw(2, 3, PLACES, seed=0), weights, alpha, bound


def written_out(z, weights, alpha, bound, offsets):
    out = torch.zeros_like(z)
    for row in range(ROWS):
        for column in range(COLUMNS):
            for o, (down, along) in enumerate(offsets):
                if 0 <= row + down < ROWS and 0 <= column + along < COLUMNS:
                    j = row * COLUMNS + column
                    k = (row + down) * COLUMNS + column + along
                    a = weights[:, o, j % weights.shape[2], None]
                    u = alpha[:, 0] * (z[:, :, j] - z[:, :, k])
                    out[:, :, j] += a * torch.maximum(torch.minimum(u, bound[:, 0]), -bound[:, 0])
    return out


@pytest.mark.parametrize("offsets", WINDOWS.values(), ids=WINDOWS)
@pytest.mark.parametrize("alike", [True, False])
@pytest.mark.parametrize("shared", [True, False])
class TestClippedDifferences:
    def test_plain(self, offsets, alike, shared):
        parts = [part.double() for part in inputs(offsets, alike, shared)]
        out = clipped_differences(*parts, offsets, (ROWS, COLUMNS))
        torch.testing.assert_close(out, written_out(*parts, offsets))

    @pytest.mark.parametrize("by_place", [False, True], ids=["by channel", "by place"])
    def test_compiled(self, offsets, alike, shared, by_place):
        if not native.available():
            pytest.skip("the package was built without a C compiler")
        z, *numbers = inputs(offsets, alike, shared)
        z = z.mT.contiguous().mT if by_place else z
        parts = [part.requires_grad_() for part in (z, *numbers)]
        exact = [part.detach().double().requires_grad_() for part in parts]
        out, expected = (clipped_differences(*p, offsets, (ROWS, COLUMNS)) for p in (parts, exact))
        torch.testing.assert_close(out, expected.float())
        cotangent = draw(*out.shape, seed=9)
        ours = torch.autograd.grad(out, parts, cotangent)
        theirs = torch.autograd.grad(expected, exact, cotangent.double())
        for left, right in zip(ours, theirs):
            torch.testing.assert_close(left, right.float(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_unbounded_differences_are_linear(dtype):
    z, weights, alpha, _ = (x.to(dtype) for x in inputs(NEAREST, False, False))
    one, two = (
        clipped_differences(s * z, weights, alpha, math.inf, NEAREST, (ROWS, COLUMNS))
        for s in (1, 2)
    )
    torch.testing.assert_close(two, 2 * one)


def test_shift():
    z = torch.arange(6.0).reshape(1, 1, 6)  # 0 1 2 / 3 4 5
    shifted = shift(z, ((0, 1), (-1, 0)), (2, 3))[0, 0]
    assert shifted.tolist() == [[1, 2, 0, 4, 5, 0], [0, 0, 0, 0, 1, 2]]
