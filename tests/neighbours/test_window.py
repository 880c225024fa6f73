"""Windows of the authors' shape, and the lattices inside them."""

import pytest
import torch

from sparsight.neighbours import Lattice, window_mask


@pytest.mark.parametrize(
    ("window", "offsets"), [(1, [0]), (2, [-1, 0]), (3, [-1, 0, 1]), (4, [-2, -1, 0, 1])]
)
def test_offsets(window, offsets):
    """From -floor(w/2) to ceil(w/2) - 1: an even window reaches one further up and left."""
    inside = window_mask(1, 9, window)
    seen = inside[4].nonzero().flatten() - 4
    assert seen.tolist() == offsets


@pytest.mark.parametrize("window", range(1, 9))
def test_only_odd_windows_are_symmetric(window):
    inside = window_mask(6, 7, window)
    assert torch.equal(inside, inside.T) == (window % 2 == 1)
    assert inside.diagonal().all()


def test_rows_and_columns_go_alike():
    rows, columns, window = 5, 4, 3
    inside = window_mask(rows, columns, window)
    for j in range(rows * columns):
        for k in range(rows * columns):
            far = max(abs(j // columns - k // columns), abs(j % columns - k % columns))
            assert inside[j, k] == (far <= 1)


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (1, 7), (5, 4), (18, 9), (20, 31)])
@pytest.mark.parametrize("thin", [1, 3, 5, 9])
def test_candidates_are_a_lattice(rows, columns, thin):
    candidates = Lattice(None, thin).candidates(rows, columns)
    assert len(candidates.unique()) == len(candidates) >= 1
    assert candidates.max() < rows * columns
    if thin == 1:
        assert candidates.tolist() == list(range(rows * columns))
    if min(rows, columns) >= thin:
        assert abs(len(candidates) * thin - rows * columns) < thin * (rows + columns)


@pytest.mark.parametrize("thin", [3, 5, 9])
def test_every_row_and_column_holds_candidates(thin):
    candidates = Lattice(None, thin).candidates(2 * thin, 2 * thin)
    row, column = candidates // (2 * thin), candidates % (2 * thin)
    assert len(row.unique()) == len(column.unique()) == 2 * thin


@pytest.mark.parametrize("thin", [0, 2, -3])
def test_a_lattice_is_odd(thin):
    with pytest.raises(ValueError, match=f"thin is {thin}; it must be odd"):
        Lattice(None, thin)


@pytest.mark.parametrize("window", [3, 4, 7, 10])
def test_outside_is_the_rest_of_the_window(window):
    lattice = Lattice(window, 3)
    outside = lattice.outside(6, 5)
    inside = window_mask(6, 5, window)[:, lattice.candidates(6, 5)]
    if outside is None:
        assert inside.all()
    else:
        assert torch.equal(outside, ~inside)


def test_a_window_as_great_as_the_image_hides_nothing():
    assert Lattice(None).outside(6, 5) is None
    assert Lattice(12).outside(6, 5) is None
    assert window_mask(6, 5, 12).all()
