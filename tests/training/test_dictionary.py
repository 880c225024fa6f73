"""The initial dictionary and the thresholds that go with it."""

import pytest
import torch
from tests.training.makers import piecewise, tiny

from sparsight.training.dictionary import flatten_spectrum, learn_dictionary, sample_patches
from sparsight.training.initial import initialise
from sparsight.zoo import save_weights


def learn(**numbers) -> torch.Tensor:
    return learn_dictionary(piecewise(), **{"side": 5, "atoms": 16, "patches": 1000, **numbers})


def test_largest_singular_value_is_1():
    dictionary = learn()
    assert dictionary.shape == (25, 16)
    torch.testing.assert_close(torch.linalg.matrix_norm(dictionary, 2), torch.tensor(1.0))


def test_atoms_are_centred():
    assert learn().mean(0).abs().max() < 1e-6


def test_a_seed_gives_one_dictionary():
    assert torch.equal(learn(seed=3), learn(seed=3))
    assert not torch.equal(learn(seed=3), learn(seed=4))


def test_the_dictionary_codes_the_pictures_better_than_chance():
    patches = sample_patches(piecewise(), 5, 1000, seed=9).T
    generator = torch.Generator().manual_seed(0)
    random = torch.randn(25, 6, generator=generator)
    left = [
        (patches - basis @ torch.linalg.lstsq(basis, patches).solution).norm()
        for basis in (learn(atoms=6), random - random.mean(0))
    ]
    assert left[0] < 0.7 * left[1]


def test_a_flattened_spectrum_has_singular_value_1_and_is_flatter():
    plain, flat = learn(atoms=40), learn(atoms=40, whiten=0.01)
    for dictionary in (plain, flat):
        torch.testing.assert_close(torch.linalg.matrix_norm(dictionary, 2), torch.tensor(1.0))
    spread = [torch.linalg.svdvals(dictionary)[:24].min() for dictionary in (plain, flat)]
    assert spread[1] > 2 * spread[0]
    tight = flatten_spectrum(torch.randn(9, 12, generator=torch.Generator().manual_seed(0)), 1e-9)
    torch.testing.assert_close(tight @ tight.T, torch.eye(9), atol=1e-4, rtol=0)


def test_too_few_patches():
    flat = [torch.full((1, 12, 12), 100, dtype=torch.uint8)]
    with pytest.raises(ValueError, match="only 0 patches with structure for 16 atoms"):
        learn_dictionary(flat, 5, 16)


@pytest.mark.parametrize("numbers", [(), ("sigma_low=5", "sigma_high=55", "levels=3")])
def test_matrices_start_alike_and_thresholds_at_the_noise_of_a_code(numbers):
    """A code of white noise of deviation sigma has deviation sigma ||d_j||."""
    recipe = tiny("sc-gray", "threshold=2", *numbers)
    model = recipe.model()
    initialise(model, piecewise(), None, recipe.schedule)
    dictionary, *others = model.fidelity.parameters()
    assert all(torch.equal(dictionary, other) for other in others)
    sigma = torch.tensor([25 / 255])
    noise = dictionary.norm(dim=0) * sigma
    thresholds = model.prior.thresholds(sigma)
    torch.testing.assert_close(thresholds, (2 * noise).expand_as(thresholds))


def test_start_takes_the_weights_that_fit(tmp_path):
    """SC begins a GroupSC; nothing fits matrices of another size."""
    source = tiny("sc-gray")
    theirs = source.model()
    torch.nn.init.constant_(theirs.prior.thresholds.values, 0.7)
    torch.nn.init.constant_(theirs.fidelity.synthesis, 0.3)
    path = tmp_path / "theirs.safetensors"
    save_weights(theirs, {"recipe": "sc-gray", "arguments": source.arguments()}, path)
    recipe = tiny("groupsc-gray")
    model = recipe.model()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    initialise(model, piecewise(), str(path), recipe.schedule)
    taken = [k for k, v in model.state_dict().items() if not torch.equal(v, before[k])]
    assert sorted(taken) == ["fidelity.synthesis", "prior.thresholds.values"]
    other = tiny("groupsc-gray", "atoms=9")
    with pytest.raises(ValueError, match=r"nothing of .* fits this recipe"):
        initialise(other.model(), piecewise(), str(path), other.schedule)
