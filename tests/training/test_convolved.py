"""Filters of whole images learn where rows W0 do not depend on each other: from textures."""

import pytest
import torch
from PIL import Image

from sparsight.data import NoisyCrops
from sparsight.recipes import bind
from sparsight.training.loss import counted_square_loss
from sparsight.training.run import train
from sparsight.zoo import read_weights


def waves(seed: int, side: int = 40) -> torch.Tensor:
    """Stripes of two directions, each of which some filters are blind to; 8 bits."""
    generator = torch.Generator().manual_seed(seed)
    row = torch.arange(side)
    phase, length = (torch.rand(2, generator=generator) for _ in range(2))
    down, right = (torch.sin(row / (1 + 3 * n) + 6 * p) for n, p in zip(length, phase, strict=True))
    return (128 + 60 * (down[:, None] + right)).clamp(0, 255).to(torch.uint8)[None]


@torch.no_grad()
def loss(model) -> float:
    images = [waves(seed) for seed in range(4)]
    clean, noisy, level = NoisyCrops(images, 32, 4, (25.0, 25.0), seed=99).draw(0)
    return counted_square_loss(model(noisy, level), clean, 1).item()


@pytest.mark.parametrize("name", ["blorc-conv-gray"])
def test_filters_learn(name, tmp_path):
    for seed in range(4):
        Image.fromarray(waves(seed)[0].numpy()).save(tmp_path / f"{seed}.png")
    numbers = ("side=3", "batch=2", "crop=24", "steps=20", "check_every=10", "lr=0.02", "average=0")
    recipe = bind(name, numbers)
    weights = train(name, recipe, tmp_path, tmp_path / "run")
    trained, record = read_weights(str(weights))
    assert record["recipe"] == name
    assert loss(trained) < 0.9 * loss(recipe.model())


def test_crops_smaller_than_a_filter(tmp_path):
    Image.fromarray(waves(0)[0].numpy()).save(tmp_path / "0.png")
    recipe = bind("blorc-conv-gray", ("side=25", "crop=24", "batch=1", "steps=1"))
    with pytest.raises(ValueError, match="the image is 24x24; it must be at least 25x25"):
        train("blorc-conv-gray", recipe, tmp_path, tmp_path / "run")
