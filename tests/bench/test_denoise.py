"""The protocol of the denoising benchmark."""

import json

import numpy as np
import pytest
import torch
from PIL import Image
from tests.files.makers import noise

from sparsight.bench import add_noise, bench_denoise, save_results
from sparsight.data import image_paths
from sparsight.metrics import psnr
from sparsight.models import Denoiser
from sparsight.recipes import bind


@pytest.fixture
def paths(tmp_path):
    for number in range(2):
        Image.fromarray(noise(30, 34, 3, seed=number)).save(tmp_path / f"{number}.png")
    return image_paths(tmp_path)


def model(recipe: str) -> Denoiser:
    return Denoiser(bind(recipe, ["atoms=16", "depth=2", "patch=5"]).model(), 30)


def test_noise_is_white_unclipped_and_the_same_at_every_level():
    clean = torch.full((1, 200, 200), 0.01)
    weak, strong = (add_noise(clean, sigma, seed=3) - clean for sigma in (0.1, 0.2))
    torch.testing.assert_close(2 * weak, strong, atol=1e-6, rtol=0)
    assert weak.std().item() == pytest.approx(0.1, rel=0.02)
    assert (clean + weak).min() < 0
    other = add_noise(clean, 0.1, seed=4) - clean
    assert abs((weak * other).mean().item()) < 1e-3


@pytest.mark.parametrize("recipe", ["sc-gray", "sc-color"])
def test_a_bench_is_what_it_says(paths, recipe):
    denoiser, calls = model(recipe), []
    result = bench_denoise(denoiser, paths, 25.0, lambda: calls.append(1))
    assert (result.images, len(calls), result.sigma) == (2, 2, 25)
    values = []
    for seed, path in enumerate(paths):
        with Image.open(path) as image:
            array = np.array(image.convert("L" if denoiser.channels == 1 else "RGB"))
        clean = torch.tensor(array.reshape(30, 34, -1)).permute(2, 0, 1).float() / 255
        generator = torch.Generator().manual_seed(seed)
        noisy = clean + 25 / 255 * torch.randn(clean.shape, generator=generator)
        values.append(psnr(denoiser(noisy[None], 25 / 255)[0], clean))
    assert result.psnr == pytest.approx(np.mean(values), abs=1e-4)
    assert result.psnr_8bit == pytest.approx(result.psnr, abs=0.05)
    assert 0 < result.ssim < 1
    assert bench_denoise(denoiser, paths, 25.0).psnr == result.psnr


def test_results_are_written_whole_or_not_at_all(tmp_path):
    save_results({"model": "a", "results": []}, tmp_path / "b.json")
    assert json.loads((tmp_path / "b.json").read_text()) == {"model": "a", "results": []}
    with pytest.raises(TypeError):
        save_results({"model": object()}, tmp_path / "b.json")
    assert [path.name for path in tmp_path.iterdir()] == ["b.json"]
    assert json.loads((tmp_path / "b.json").read_text())["model"] == "a"
