"""Qualities: what they change in a model, and what not."""

import pytest
import torch

import sparsight
from sparsight import zoo
from sparsight.recipes import bind


@pytest.fixture
def weights(tmp_path):
    """Saves an untrained recipe and returns its path."""

    def save(name: str, *pairs: str) -> str:
        recipe = bind(name, ["atoms=16", "patch=5", "depth=4", *pairs])
        path = tmp_path / f"{name}.safetensors"
        zoo.save_weights(recipe.model(), {"recipe": name, "arguments": recipe.arguments()}, path)
        return str(path)

    return save


def test_a_group_model_seeks_among_more_or_fewer(weights):
    path = weights("groupsc-gray", "thin=5", "refresh=2", "window=16")
    lattices = {q: sparsight.load(path, q).model.neighbours.lattice for q in zoo.QUALITIES}
    assert [lattices[q].thin for q in ("exact", "balanced", "fast")] == [1, 5, 17]
    assert lattices["exact"].weight == pytest.approx(1 / 5)
    assert lattices["balanced"].weight == 1
    assert lattices["fast"].weight == pytest.approx(17 / 5)
    assert lattices["best"] == lattices["balanced"]


def test_a_model_of_every_level_seeks_as_one_file_of_all_does():
    """At best as the models that it is made of."""
    one = sparsight.load("groupsc-gray-25").model.neighbours.lattice.thin
    thin = {
        quality: sparsight.load("groupsc-gray-any", quality).model.at(0.1).neighbours.lattice.thin
        for quality in zoo.QUALITIES
    }
    assert thin == {"best": one, "exact": 1, "balanced": 9, "fast": 17}


def test_blocks_overlap_at_best_where_neighbours_matter(weights):
    path = weights("groupsc-gray", "refresh=2", "window=16")
    overlaps = {q: sparsight.load(path, q).overlap for q in zoo.QUALITIES}
    assert overlaps == {"best": 2, "exact": 1, "balanced": 1, "fast": 1}
    assert sparsight.load(path, "best").turns == 1


def test_blocks_are_turned_at_best_where_no_neighbours_matter(weights):
    path = weights("sc-gray")
    loaded = {q: sparsight.load(path, q) for q in zoo.QUALITIES}
    turns = {q: model.turns for q, model in loaded.items()}
    assert turns == {"best": 4, "exact": 1, "balanced": 1, "fast": 1}
    assert loaded["best"].overlap == 1


def test_a_local_model_leaves_out_patches(weights):
    path = weights("sc-gray")
    y = torch.rand(1, 1, 40, 50, generator=torch.Generator().manual_seed(0))
    exact, balanced, fast = (sparsight.load(path, q)(y) for q in ("exact", "balanced", "fast"))
    assert torch.equal(exact, balanced)
    assert not torch.equal(exact, fast)
    assert (exact - fast).abs().max() < 0.2


def test_an_unknown_quality_is_refused():
    with pytest.raises(
        ValueError, match="quality is finest; choose one of best, exact, balanced, fast"
    ):
        sparsight.load("sc-gray", "finest")
