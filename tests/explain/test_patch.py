"""What is told of a patch is what the model did with it."""

import pytest
import torch
from tests.cli.makers import SMALL

from sparsight.explain import explain_patch
from sparsight.models import Denoiser
from sparsight.recipes import bind

SIGMA = 20 / 255


def denoiser(recipe: str, *numbers: str, block: int = 14) -> Denoiser:
    model = bind(recipe, [*SMALL, *numbers]).model()
    return Denoiser(model.eval(), block)


@pytest.fixture
def image():
    return torch.rand(1, 26, 30, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("recipe", ["sc-gray", "csr-gray", "groupsc-gray", "group-tv-gray"])
@pytest.mark.parametrize("pixel", [(14, 13), (2, 23)])
def test_the_mean_of_the_estimates_over_a_pixel_is_the_restored_pixel(image, recipe, pixel):
    model = denoiser(recipe)
    x, y = pixel
    estimates = [
        explain_patch(model, image, (x + dx, y + dy), SIGMA).estimate[0, 2 - dy, 2 - dx]
        for dy in range(-2, 3)
        for dx in range(-2, 3)
    ]
    restored = model(image[None], SIGMA)[0, 0, y, x]
    assert torch.stack(estimates).mean().item() == pytest.approx(restored.item(), abs=1e-5)


def test_atoms_and_mean_add_up_to_the_estimate(image):
    model = denoiser("groupsc-gray")
    story = explain_patch(model, image, (9, 8), SIGMA)
    synthesis = model.model.fidelity.synthesis.detach()
    total = sum(use.coefficient * synthesis[:, use.atom] for use in story.uses) + story.mean
    torch.testing.assert_close(total.reshape(1, 5, 5), story.estimate)
    assert len(story.uses) == story.steps[-1].atoms_after > 0
    contributions = [use.contribution for use in story.uses]
    assert contributions == sorted(contributions, reverse=True)
    torch.testing.assert_close(story.noisy, image[:, 6:11, 7:12])


def test_shrinkage_takes_away(image):
    story = explain_patch(denoiser("sc-gray"), image, (9, 8), SIGMA)
    assert len(story.steps) == 2
    for step in story.steps:
        assert 0 < step.energy_after < step.energy_before
        assert step.atoms_after <= step.atoms_before
    assert story.neighbours == ()


def test_the_heaviest_neighbour_is_the_twin(image):
    image = 0.5 + 0 * image
    stamp = torch.rand(7, 7, generator=torch.Generator().manual_seed(1))
    image[0, 4:11, 3:10] = stamp
    image[0, 14:21, 18:25] = stamp
    model = denoiser("groupsc-gray", "thin=1", "window=60", block=60)
    story = explain_patch(model, image, (6, 7), SIGMA)
    first = story.neighbours[0]
    assert (first.x, first.y) == (21, 17)
    assert first.weight == pytest.approx(1, abs=1e-4)
    weights = [n.weight for n in story.neighbours]
    assert weights == sorted(weights, reverse=True)
    assert all(0 <= n.x < 30 and 0 <= n.y < 26 for n in story.neighbours)


def test_corners_are_patches_too(image):
    for at in ((0, 0), (29, 25)):
        story = explain_patch(denoiser("groupsc-gray"), image, at, SIGMA)
        assert story.noisy[0, 2, 2] == pytest.approx(image[0, at[1], at[0]].item())


def test_what_cannot_be_explained(image):
    with pytest.raises(ValueError, match="at is 30,0; the image is 30 x 26, give x from 0 to 29"):
        explain_patch(denoiser("sc-gray"), image, (30, 0), SIGMA)
    with pytest.raises(ValueError, match="a patch 5 pixels a side"):
        explain_patch(denoiser("sc-gray"), image[:, :4], (0, 0), SIGMA)
    with pytest.raises(ValueError, match="works on pixels"):
        explain_patch(Denoiser(bind("tv-gray", ["depth=1"]).model(), 40, 4), image, (1, 1), SIGMA)
