"""What tables measure, on the real sets: where nothing is restored, the papers' own figures."""

import numpy as np
import pytest
import torch
from PIL import Image
from tests.data.makers import make_set

from sparsight.bench import bench_denoise
from sparsight.bench.blind import bench_blind
from sparsight.bench.critic import as_it_is, bench_critic
from sparsight.bench.demosaick import bench_demosaick
from sparsight.bench.papers import table_of
from sparsight.bench.table import Cell
from sparsight.data import image_paths, read_image
from sparsight.zoo import load_denoiser


def measure(name: str, model: str, cell: Cell) -> float:
    """PSNR of a baseline of a table."""
    task = table_of(name).task
    return task.measure(task.model(model), cell, lambda: None)["psnr"]


@pytest.mark.parametrize(("quality", "known"), [(10, 27.82), (40, 32.43)])
def test_jpegs_are_the_papers(shared_data, quality, known):
    cell = Cell(image_paths(shared_data / "classic5"), float(quality))
    assert measure("jpeg", "JPEG", cell) == pytest.approx(known, abs=0.006)


@pytest.mark.parametrize(("scale", "known"), [(2, 33.66), (3, 30.39), (4, 28.42)])
def test_bicubic_interpolation_is_the_papers(shared_data, scale, known):
    cell = Cell(image_paths(shared_data / "Set5"), float(scale))
    assert measure("nsr-sr", "bicubic", cell) == pytest.approx(known, abs=0.02)


def test_zero_filling_sees_what_the_mask_lets_through(shared_data):
    masks = sorted((shared_data / "MRI_masks").glob("*.npy"))
    paths = image_paths(shared_data / "MRI_BrainImages_test")[:3]
    expected = [_zero_filled(path, np.load(masks[1])) for path in paths]
    found = measure("games-mri", "zero-filling", Cell(paths, 20.0, {"MRI_masks": masks}))
    assert found == pytest.approx(np.mean(expected), abs=1e-3)


def _zero_filled(path, mask: np.ndarray) -> float:
    clean = np.asarray(Image.open(path)) / 255
    restored = np.fft.ifft2(mask * np.fft.fft2(clean)).real.clip(0, 1)
    return -10 * np.log10(np.square(restored - clean).mean())


def test_noise_alone_has_its_own_level(tmp_path):
    paths = image_paths(make_set(tmp_path / "set", (64, 64)))
    found = bench_critic(as_it_is, paths, 0.01)
    # Clipping takes a little of the noise away where the image is black or white.
    assert found["psnr"] == pytest.approx(40, abs=0.3)


def test_a_blind_model_is_told_what_was_estimated(shared_data):
    paths = image_paths(shared_data / "Set12")[:2]
    model = load_denoiser("tv-gray")
    blind = bench_blind(model, paths, 25.0)
    assert 23 < blind["sigma"] < 28
    assert 0 < abs(blind["psnr"] - bench_denoise(model, paths, 25.0).psnr) < 0.2
    assert np.isfinite(blind["ssim"])
    assert isinstance(blind["psnr_8bit"], float)


def test_noise_of_critics_is_that_of_the_others(tmp_path):
    paths = image_paths(make_set(tmp_path / "set", (24, 24)))[:2]
    seen = []

    def restore(y: torch.Tensor, sigma: float) -> torch.Tensor:
        seen.append(y)
        return y

    bench_critic(restore, paths, 0.5)
    noise = torch.Generator().manual_seed(1)
    drawn = torch.randn(3, 24, 24, generator=noise)
    assert torch.allclose((seen[1][0] - drawn * 0.5).std(0), torch.zeros(24, 24), atol=1e-5)


class HalfRight:
    """Fills gaps by what lay there, but for one pixel in the middle and one at the border."""

    device = torch.device("cpu")

    def __init__(self, clean: torch.Tensor):
        self.clean = clean
        self.seen: list[torch.Tensor] = []

    def __call__(self, y: torch.Tensor) -> torch.Tensor:
        self.seen.append(y)
        x = self.clean[None].clone()
        x[..., 0, 0] = 1 - x[..., 0, 0]
        x[..., 20, 20] += 0.5 - x[..., 20, 20]
        return x


def test_a_mosaic_keeps_one_sample_of_three_and_its_border(tmp_path):
    (path, *_) = image_paths(make_set(tmp_path / "set", (40, 44)))
    clean = read_image(path, 3).float() / 255
    model = HalfRight(clean)
    found = bench_demosaick(model, [path])
    (mosaic,) = model.seen
    kept = ~mosaic[0].isnan()
    assert kept.sum() == 40 * 44
    assert kept[:, :2, :2].nonzero().tolist() == [[0, 0, 0], [1, 0, 1], [1, 1, 0], [2, 1, 1]]
    assert torch.equal(mosaic[0][kept], clean[kept])
    gaps = model(mosaic)[0] - clean
    expected = -10 * gaps.square().mean().log10()
    inner = -10 * gaps[:, 10:-10, 10:-10].square().mean().log10()
    assert found["psnr"] == pytest.approx(expected.item(), abs=1e-4)
    channels = -10 * gaps.square().mean((1, 2)).log10()
    assert found["psnr_channels"] == pytest.approx(channels.mean().item(), abs=1e-4)
    assert found["psnr_inner"] == pytest.approx(inner.item(), abs=1e-4)
    assert set(table_of("demosaick").task.metrics) <= set(found)
