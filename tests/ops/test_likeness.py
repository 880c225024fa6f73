"""Distances of patches: compiled, plain, and written out as loops."""

import pytest
import torch
import torch.nn.functional as F

from sparsight.neighbours import NEAREST, square_window
from sparsight.ops import native, patch_distances

ROWS, COLUMNS, SIDE = 6, 9, 3
OFFSETS = {"nearest": NEAREST, "window": square_window(2), "no way back": ((0, 1), (-2, 3))}
offsets_of = pytest.mark.parametrize("offsets", OFFSETS.values(), ids=OFFSETS)


def inputs() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    image = torch.rand(2, 3, ROWS, COLUMNS, generator=generator)
    return image, torch.rand(2, 3, SIDE, SIDE, generator=generator)


def neighbours_of(offsets) -> list[tuple[int, int, int, int, int]]:
    """Every offset, place and neighbour on the grid."""
    return [
        (o, row, column, row + down, column + along)
        for o, (down, along) in enumerate(offsets)
        for row in range(ROWS)
        for column in range(COLUMNS)
        if 0 <= row + down < ROWS and 0 <= column + along < COLUMNS
    ]


@offsets_of
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["compiled", "plain"])
def test_distances_written_out(offsets, dtype):
    image, kernel = (part.to(dtype) for part in inputs())
    ours = patch_distances(image, kernel, offsets)
    padded = F.pad(image, (1, 1, 1, 1), mode="replicate")
    for o, row, column, down, along in neighbours_of(offsets):
        one, two = (
            padded[:, :, r : r + SIDE, c : c + SIDE] for r, c in ((row, column), (down, along))
        )
        expected = (kernel * (one - two).square()).sum((1, 2, 3))
        torch.testing.assert_close(ours[:, o, row * COLUMNS + column], expected)


@offsets_of
@pytest.mark.parametrize("shared", [True, False])
def test_gradients_of_the_compiled_loops(offsets, shared):
    if not native.available():
        pytest.skip("the package was built without a C compiler")
    image, kernel = inputs()
    parts = [image.requires_grad_(), kernel[: 1 if shared else 2].clone().requires_grad_()]
    exact = [part.detach().double().requires_grad_() for part in parts]
    cotangent = torch.zeros(2, len(offsets), ROWS, COLUMNS)
    generator = torch.Generator().manual_seed(1)
    for o, row, column, *_ in neighbours_of(offsets):
        cotangent[:, o, row, column] = torch.randn(2, generator=generator)
    cotangent = cotangent.flatten(2)
    ours = torch.autograd.grad(patch_distances(*parts, offsets), parts, cotangent)
    theirs = torch.autograd.grad(patch_distances(*exact, offsets), exact, cotangent.double())
    for left, right in zip(ours, theirs):
        torch.testing.assert_close(left, right.float(), rtol=1e-4, atol=1e-5)
