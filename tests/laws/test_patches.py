"""Cutting and putting back: images to patches, images to blocks."""

from itertools import pairwise

import pytest
import torch

from sparsight.fidelities import PatchFidelity
from sparsight.ops import (
    average_patches,
    block_grid,
    count_patches,
    cut_blocks,
    extract_patches,
    merge_blocks,
)
from sparsight.recipes.groupsc import sc

SIZES = [(9, 9, 9), (12, 17, 5), (5, 30, 5), (20, 6, 3), (1, 1, 1), (4, 4, 1)]
any_size = pytest.mark.parametrize(("height", "width", "side"), SIZES)


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


strides = pytest.mark.parametrize("stride", [(1, 1), (1, 2), (2, 2), (3, 1), (4, 7)])


@any_size
@strides
def test_averaged_patches_of_an_image_are_the_image(height, width, side, stride):
    image = draw(2, 3, height, width)
    patches = extract_patches(image, side, stride)
    averaged = average_patches(patches, (height, width), side, stride)
    covered = count_patches(height, width, side, image, stride).expand_as(image) > 0
    torch.testing.assert_close(averaged[covered], image[covered])
    assert covered.all() or stride != (1, 1)


@any_size
@strides
def test_count_is_what_ones_fold_to(height, width, side, stride):
    ones = torch.ones(1, 1, height, width, dtype=torch.float64)
    patches = extract_patches(ones, side, stride)
    folded = torch.nn.functional.fold(patches, (height, width), side, stride=stride)
    count = count_patches(height, width, side, ones, stride)
    torch.testing.assert_close(count, folded)
    assert count[0, 0, 0, 0] == 1
    assert count.sum() == side**2 * patches.shape[2]


@any_size
@strides
def test_extraction_and_averaging_are_adjoint(height, width, side, stride):
    """<extract(x), v> = <x, count * average(v)>."""
    x = draw(2, 3, height, width)
    patches = extract_patches(x, side, stride)
    v = draw(*patches.shape, seed=1)
    count = count_patches(height, width, side, x, stride)
    folded = count * average_patches(v, (height, width), side, stride).nan_to_num()
    torch.testing.assert_close((patches * v).sum(), (x * folded).sum())


@pytest.mark.parametrize("stride", [(1, 2), (2, 2), (3, 1)])
@pytest.mark.parametrize(("height", "width", "block"), [(40, 61, 16), (9, 9, 56), (30, 12, 9)])
def test_blocks_share_out_the_patches_of_a_stride(height, width, block, stride):
    grid = block_grid(height, width, block, 9, stride)
    image = draw(1, 1, height, width)
    whole = extract_patches(image, 9, stride)
    pieces = [extract_patches(part, 9, stride) for part in cut_blocks(image, grid)]
    assert sum(piece.shape[2] for piece in pieces) == whole.shape[2]
    torch.testing.assert_close(sum(piece.sum() for piece in pieces), whole.sum())


def test_a_patch_is_channel_row_column_and_patches_go_row_by_row():
    image = draw(1, 2, 6, 7)
    patches = extract_patches(image, 3)
    columns = 7 - 3 + 1
    for row, column in ((0, 0), (1, 3), (3, 4)):
        window = image[0, :, row : row + 3, column : column + 3]
        assert torch.equal(patches[0, :, row * columns + column], window.flatten())


def test_averaging_is_a_projection():
    """Patches that overlap consistently stay; averaging twice is averaging once."""
    matrix = draw(9, 4)
    fidelity = PatchFidelity(matrix, matrix.clone(), matrix.clone(), 3)
    data = fidelity.observe(draw(1, 1, 8, 9))
    v = draw(*data.centred.shape, seed=2)
    once = fidelity.average(v, data)
    torch.testing.assert_close(fidelity.average(once, data), once)


@pytest.mark.parametrize("patch", [1, 2, 5, 9])
@pytest.mark.parametrize("block", [9, 10, 16, 23])
def test_blocks_share_out_all_patches(patch, block):
    for height in range(patch, 70):
        grid = block_grid(height, 70 - height + patch, block, patch)
        assert grid.size == (height, 70 - height + patch)
        for spans, length in ((grid.rows, height), (grid.columns, 70 - height + patch)):
            positions = [p for a, b in spans for p in range(a, b - patch + 1)]
            assert positions == list(range(length - patch + 1))
            assert all(patch <= b - a <= block for a, b in spans)
            sizes = [b - a for a, b in spans]
            assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("overlap", [2, 3])
@pytest.mark.parametrize(("length", "block", "patch"), [(70, 16, 5), (200, 40, 9), (41, 40, 9)])
def test_overlapping_blocks_hold_a_patch_several_times(length, block, patch, overlap):
    """As often as asked for, but nearer to the border than a block; none is missing anywhere."""
    spans = block_grid(length, length, block, patch, overlap=overlap).rows
    held = torch.zeros(length - patch + 1)
    for first, end in spans:
        assert patch <= end - first <= block
        held[first : end - patch + 1] += 1
    inner = held[block - patch : len(held) - (block - patch)]
    assert held.min() >= 1
    assert torch.all(inner == overlap)
    assert all(one < other for one, other in pairwise(spans))
    assert all(one[1] <= other[1] for one, other in pairwise(spans))


def test_an_image_of_one_patch_is_one_block():
    assert block_grid(9, 9, 56, 9).rows == ((0, 9),)


@pytest.mark.parametrize(("height", "width", "block"), [(9, 9, 9), (20, 31, 9), (40, 25, 16)])
def test_merging_what_was_cut_is_the_identity(height, width, block):
    image = draw(2, 3, height, width)
    grid = block_grid(height, width, block, 9)
    torch.testing.assert_close(merge_blocks(cut_blocks(image, grid), grid, 9), image)


@pytest.mark.parametrize(("height", "width", "block"), [(5, 5, 5), (33, 20, 12), (17, 40, 9)])
@torch.no_grad()
def test_a_model_without_neighbours_restores_blocks_as_the_whole(height, width, block):
    model = sc(patch=5, atoms=16, depth=4)
    image = torch.rand(1, 1, height, width, generator=torch.Generator().manual_seed(0))
    grid = block_grid(height, width, block, 5)
    merged = merge_blocks([model(part) for part in cut_blocks(image, grid)], grid, 5)
    torch.testing.assert_close(merged, model(image), atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((20, 20, 8, 9), "block is 8; it must hold at least one patch of side 9"),
        ((8, 20, 16, 9), "the image side is 8; it must be at least 9, one patch"),
        ((20, 8, 16, 9), "the image side is 8; it must be at least 9, one patch"),
    ],
)
def test_grids_that_cannot_be(arguments, message):
    with pytest.raises(ValueError, match=message):
        block_grid(*arguments)


def test_an_image_smaller_than_a_patch():
    with pytest.raises(ValueError, match=r"the image is 8x12; it must be at least 9x9, one patch"):
        extract_patches(draw(1, 1, 8, 12), 9)
