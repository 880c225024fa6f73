"""What is told of a pixel is what the model did with it."""

import pytest
import torch

from sparsight.explain import explain_pixel
from sparsight.explain.pixel_pictures import pixel_pictures
from sparsight.models import Denoiser
from sparsight.neighbours import ShiftGraph
from sparsight.recipes import bind
from sparsight.zoo import load_denoiser

SIGMA = 20 / 255


def denoiser(recipe: str, *numbers: str, reach: int = 6) -> Denoiser:
    model = bind(recipe, [*numbers, "depth=3"] if "tiny" not in recipe else numbers).model()
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for values in model.parameters():
            values += 0.05 * torch.randn(values.shape, generator=generator)
    return Denoiser(model.eval(), 20 + 2 * reach, reach)


@pytest.fixture
def image():
    return torch.rand(1, 26, 30, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("recipe", "numbers", "reach"),
    [
        ("tv-gray", ("moves=1",), 6),
        ("tv-gray", ("moves=2",), 6),
        ("laplacian-gray", ("moves=2",), 6),
        ("nltv-gray", ("moves=1", "radius=2"), 25),
        ("tiny-cnn-gray", (), 40),
    ],
)
@pytest.mark.parametrize("at", [(14, 13), (1, 24)])
def test_the_last_move_leads_to_the_restored_pixel(image, recipe, numbers, reach, at):
    model = denoiser(recipe, *numbers, reach=reach)
    story = explain_pixel(model, image, at, SIGMA)
    restored = model(image[None], SIGMA)[0, 0, at[1], at[0]].item()
    assert story.estimate.item() == pytest.approx(restored, abs=1e-5)
    kept = [move for move in story.moves if not move.look]
    total = sum(move.by_data + move.by_neighbours for move in kept)
    assert story.noisy.item() + total == pytest.approx(restored, abs=1e-5)
    assert story.noisy.item() == image[0, at[1], at[0]]
    assert story.moves[-1].value == pytest.approx(restored, abs=1e-5)


def test_weights_are_those_of_the_model(image):
    model = denoiser("tv-gray", "weights=8")
    story = explain_pixel(model, image, (0, 13), SIGMA)
    bank = model.model.neighbours.weights
    learned = bank(torch.tensor([SIGMA]))[0].detach()
    assert len(story.weights) == model.model.depth
    for told, known in zip(story.weights, learned, strict=True):
        torch.testing.assert_close(told, known)
    # Three of the eight lie outside the image.
    assert len(story.neighbours) == 5
    sizes = [abs(one.weight) for one in story.neighbours]
    assert sizes == sorted(sizes, reverse=True)
    assert {(one.x, one.y) for one in story.neighbours} == {
        *((0, 12), (1, 12), (1, 13), (0, 14), (1, 14))
    }


def test_the_heaviest_neighbour_is_the_twin():
    # Everything differs from everything, but for what lies about two places.
    image = torch.rand(1, 40, 40, generator=torch.Generator().manual_seed(0))
    image[:, 12:29, 20:24] = image[:, 12:29, 16:20]
    image[:, 12:29, 24:28] = image[:, 12:29, 16:20]
    model = Denoiser(bind("nltv-gray", ["depth=1"]).model().eval(), 60, 20)
    story = explain_pixel(model, image, (20, 20), SIGMA)
    assert (story.neighbours[0].x, story.neighbours[0].y) == (24, 20)
    assert story.weights[0].sum().item() == pytest.approx(1, abs=1e-5)
    pictures = pixel_pictures(story, image)
    assert set(pictures) == {"neighbours", "steps", "weights"}


def test_a_model_as_shipped_needs_no_table_of_all_pixels_and_neighbours(image, monkeypatch):
    """Unit vectors of a whole block, one per neighbour, would take 14 GB."""

    def refuse(*_):
        raise AssertionError("sums over all edges")

    denoiser = load_denoiser("nltv-gray")
    monkeypatch.setattr(ShiftGraph, "edge_sum", refuse)
    monkeypatch.setattr(ShiftGraph, "mix", refuse)
    story = explain_pixel(denoiser, image, (14, 13), SIGMA)
    assert {len(one) for one in story.weights} == {len(denoiser.model.neighbours.offsets)}


def test_places_outside_and_models_of_patches_are_refused(image):
    with pytest.raises(ValueError, match="at is 30,2; the image is 30 x 26"):
        explain_pixel(denoiser("tv-gray"), image, (30, 2), SIGMA)
    patches = Denoiser(bind("sc-gray", ["atoms=16", "depth=2", "patch=5"]).model(), 14)
    with pytest.raises(ValueError, match="works on patches"):
        explain_pixel(patches, image, (3, 2), SIGMA)
