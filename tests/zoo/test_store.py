"""Weights on disk and the shipped models."""

import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

import sparsight
from sparsight import zoo
from sparsight.bench.upscale import bench_upscale
from sparsight.data import compress, image_paths, read_image, read_luma, read_mask, undersample
from sparsight.metrics import psnr
from sparsight.models import LocalRegularizer
from sparsight.operators import Mask, bayer_mask
from sparsight.recipes import bind
from sparsight.zoo.signals import SIGNALS, load_signal_model

EVERY_LEVEL = [name for name in zoo.names() if zoo.members(name)]
SHIPPED = [name for name in zoo.names() if not zoo.members(name)]
CRITICS = [name for name in SHIPPED if name.startswith("alr")]
SCANS = [name for name in SHIPPED if name.startswith("mri-")]
UPSCALERS = [name for name in SHIPPED if "upscale" in name]
DEBLOCKERS = [name for name in SHIPPED if "deblock" in name or "jpeg" in name]
FILLERS = [name for name in SHIPPED if name.endswith(("-demosaick", "-inpaint"))]
OTHERS = (*CRITICS, *SCANS, *UPSCALERS, *DEBLOCKERS, *FILLERS)
DENOISERS = [name for name in zoo.names() if name not in OTHERS]
# Bytes: numbers of convolutional networks, which nobody reads one by one, may be more.
LARGEST, LARGEST_NETWORK = 1e6, 6e6


def test_round_trip(tmp_path):
    recipe = bind("sc-gray", ["atoms=8", "depth=2", "patch=5"])
    path = tmp_path / "w.safetensors"
    zoo.save_weights(recipe.model(), {"recipe": "sc-gray", "arguments": recipe.arguments()}, path)
    model, record = zoo.read_weights(str(path))
    assert record["arguments"]["atoms"] == 8
    y = torch.rand(1, 1, 12, 12)
    assert torch.equal(model(y), recipe.model()(y))
    assert sparsight.load(str(path))(y).shape == y.shape
    assert torch.equal(sparsight.load(path)(y), sparsight.load(str(path))(y))


@pytest.mark.parametrize("name", ["sc-gray", "groupsc-gray", "tv-gray", "nsr-denoise-gray"])
def test_loaded_models_can_be_sent_to_another_process(name):
    model = sparsight.load(name)
    y = torch.rand(1, 1, 20, 20, generator=torch.Generator().manual_seed(0))
    assert torch.equal(pickle.loads(pickle.dumps(model))(y, 0.1), model(y, 0.1))


def test_names_may_be_paths(tmp_path):
    for name in ("sc-inpaint", "nsr-upscale-x2"):
        assert zoo.weights_path(Path(name)) == zoo.weights_path(name)
    assert zoo.fills_holes(zoo.weights_path("sc-inpaint"))
    assert zoo.card(zoo.weights_path("sc-gray")) == zoo.card("sc-gray")
    with pytest.raises(ValueError, match="there is no such file"):
        zoo.read_weights(tmp_path / "none.safetensors")
    with pytest.raises(ValueError, match="no model of signals is called nobody"):
        load_signal_model(Path("nobody"))
    one, other = load_signal_model("blorc-1d"), load_signal_model(SIGNALS / "blorc-1d.safetensors")
    assert torch.equal(one[0].analysis, other[0].analysis)


def test_the_folder_of_a_run_is_no_name_but_its_weights_are_told(tmp_path):
    (tmp_path / "weights.safetensors").touch()
    with pytest.raises(ValueError, match=r"folder of a run; give .*/weights\.safetensors"):
        zoo.weights_path(str(tmp_path))


def test_refusals(tmp_path):
    with pytest.raises(ValueError, match="no model is called nobody; there are"):
        sparsight.load("nobody")
    foreign = tmp_path / "foreign.safetensors"
    save_file({"a": torch.zeros(1)}, foreign)
    with pytest.raises(ValueError, match="holds no weights of sparsight"):
        sparsight.load(str(foreign))
    foreign.write_bytes(b"not safetensors at all")
    with pytest.raises(ValueError, match="holds no weights of sparsight"):
        sparsight.load(str(foreign))


@pytest.mark.parametrize("name", SHIPPED)
def test_cards_tell_how_and_how_good(name):
    card = zoo.card(name)
    count = sum(p.numel() for p in zoo.read_weights(name)[0].parameters())
    assert card["parameters"] == count
    largest = LARGEST_NETWORK if name.startswith("nsr-") else LARGEST
    assert zoo.weights_path(name).stat().st_size < largest
    assert {"recipe", "arguments", "schedule", "seconds", "data", "hardware"} <= set(card)
    assert card["bench"][0]["results"]


@pytest.mark.parametrize("name", EVERY_LEVEL)
def test_models_of_every_level_are_those_of_single_ones(name):
    card, members = zoo.card(name), zoo.members(name)
    model, record = zoo.read_weights(name)
    assert sum(p.numel() for p in model.parameters()) == card["parameters"]
    assert card["bench"][0]["results"]
    assert record["arguments"]["levels"] == len(members)
    for member in members:
        own, told = zoo.read_weights(member)
        drawn = dict(model.at(told["arguments"]["sigma_low"] / 255).named_parameters())
        for part, values in own.named_parameters():
            torch.testing.assert_close(drawn[part], values)
    with pytest.raises(ValueError, match=f"{name} is made of {members[0]}, .* name one of them"):
        zoo.weights_path(name)


@pytest.mark.parametrize("name", CRITICS)
def test_shipped_critics_restore(name, shared_data):
    """A test image at sigma 25.5 under the strength of the table."""
    critic, record = zoo.load_critic(name)
    path = image_paths(shared_data / "CBSD68")[0]
    clean = read_image(path, critic.channels).float()[:, 100:164, 100:164] / 255
    noisy = clean + 0.1 * torch.randn(clean.shape, generator=torch.Generator().manual_seed(0))
    restored = LocalRegularizer.of_record(critic, record).denoise(noisy[None], 0.1)[0]
    # Three channels tell more of a pixel than one.
    assert psnr(restored, clean) > psnr(noisy, clean) + (5 if critic.channels == 3 else 4.5)
    with pytest.raises(ValueError, match=f"{name} is no denoiser but a critic"):
        sparsight.load(name)


@pytest.mark.parametrize("name", UPSCALERS)
def test_shipped_upscalers_are_better_than_bicubic(name, shared_data):
    model, path = zoo.load_upscaler(name), shared_data / "Set5" / "butterfly.png"
    result = bench_upscale(model, [path])
    assert result.psnr > result.bicubic_psnr + 1
    with pytest.raises(ValueError, match=f"{name} enlarges and does not denoise"):
        sparsight.load(name)


@pytest.mark.parametrize("name", DEBLOCKERS)
def test_shipped_deblockers_are_better_than_the_jpeg(name, shared_data):
    """At every quality, the best too, which leave little to mend."""
    clean = read_luma(image_paths(shared_data / "classic5")[1])[:, :256, :256]
    model = zoo.load_deblocker(name)
    for quality, gain in ((10, 0.8), (40, 0.5), (75, 0.1), (90, 0)):
        jpeg = compress(clean, quality) / 255
        restored = model(jpeg[None], quality)[0]
        assert psnr(restored, clean / 255) > psnr(jpeg, clean / 255) + gain
    with pytest.raises(ValueError, match=f"{name} undoes JPEG and does not denoise"):
        sparsight.load(name)


@pytest.mark.parametrize("name", DENOISERS)
def test_shipped_weights_restore_what_their_card_says(name, shared_data):
    """Three test images at sigma 25, or the only level that weights know: far above the noise."""
    numbers = zoo.read_weights(name)[1].get("arguments", {})
    level = numbers.get("sigma_high", 25) if numbers.get("levels") == 1 else 25
    sigma, gain = level / 255, {5: 1.5, 15: 4.5}.get(level, 6)
    model = sparsight.load(name)
    paths = image_paths(shared_data / ("Set12" if model.channels == 1 else "Kodak24"))[:3]
    for seed, path in enumerate(paths):
        clean = read_image(path, model.channels).float()[:, :128, :128] / 255
        generator = torch.Generator().manual_seed(seed)
        noisy = clean + sigma * torch.randn(clean.shape, generator=generator)
        assert psnr(model(noisy[None], sigma)[0], clean) > psnr(noisy, clean) + gain


@pytest.mark.parametrize("name", SCANS)
def test_shipped_weights_restore_scans(name, shared_data):
    """A held-out head of a training set at 30 %: far above zero-filling."""
    clean = read_image(shared_data / "MRI_train_T1_ixi25" / "ixi_t1_20.png", 1) / 255
    mask = read_mask(shared_data / "MRI_masks" / "mask_30.npy")
    y, _ = undersample(clean, mask[None])
    zero_filled = torch.fft.ifft2(y, norm="ortho").real
    restored = zoo.load_scan_restorer(name)(y, mask)
    assert psnr(restored[None], clean) > psnr(zero_filled, clean) + 5


@pytest.mark.parametrize("name", FILLERS)
def test_shipped_models_of_gaps_fill_them(name, shared_data):
    path = image_paths(shared_data / "CBSD68")[0]
    clean = read_image(path, 3).float()[:, 100:164, 100:164] / 255
    if name.endswith("demosaick"):
        filler, seen = zoo.load_demosaicker(name), bayer_mask("GBRG", (64, 64))[0]
    else:
        lost = torch.rand(64, 64, generator=torch.Generator().manual_seed(0)) < 0.3
        filler, seen = zoo.load_inpainter(name), (~lost)[None].float()
    y = clean.masked_fill(seen == 0, torch.nan)
    nearby = Mask(seen[None]).fill(y.nan_to_num()[None])[0]
    assert psnr(filler(y[None])[0].clamp(0, 1), clean) > psnr(nearby, clean) + 1.5
    with pytest.raises(ValueError, match=f"{name} fills gaps and does not denoise"):
        sparsight.load(name)
