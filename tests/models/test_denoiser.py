"""Images of any size: whole, in blocks, in strips; grey models on colour."""

import pytest
import torch
import torch.nn.functional as F

import sparsight
from sparsight.models import Denoiser
from sparsight.ops import block_grid, cut_blocks, merge_blocks
from sparsight.recipes import bind
from sparsight.solvers import proximal

LEVELS = ("sigma_low=5", "sigma_high=55", "levels=2")


@pytest.fixture(scope="module")
def sc():
    return bind("sc-gray", ["atoms=16", "depth=3", *LEVELS]).model().eval()


@pytest.fixture(scope="module")
def groupsc():
    numbers = ["atoms=16", "depth=4", "refresh=2", "window=12", *LEVELS]
    return bind("groupsc-gray", numbers).model().eval()


def image(*shape):
    return torch.rand(shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("block", [9, 20, 33, 400])
def test_sc_in_blocks_is_sc_on_the_whole(sc, block):
    y = image(1, 1, 50, 61)
    padded = F.pad(y, (8, 8, 8, 8), mode="reflect")
    with torch.no_grad():
        whole = sc(padded, torch.tensor([0.1]))[..., 8:-8, 8:-8]
    assert (Denoiser(sc, block)(y, 0.1) - whole).abs().max() < 1e-5


@pytest.mark.parametrize("size", [(9, 9), (9, 70), (31, 10), (64, 48)])
@pytest.mark.parametrize("channels", [1, 3])
def test_any_size(groupsc, size, channels):
    y = image(2, channels, *size)
    x = Denoiser(groupsc, 20)(y, torch.tensor([0.1, 0.2]))
    assert x.shape == y.shape
    assert x.isfinite().all()


def test_overlapping_blocks_are_the_mean_of_all_estimates(groupsc):
    """Blocks merged by the counts of their patches, as the paper's figures are made."""
    y = image(1, 1, 40, 47)
    padded = F.pad(y, (8, 8, 8, 8), mode="reflect")
    grid = block_grid(*padded.shape[2:], 20, 9, overlap=2)
    with torch.no_grad():
        blocks = [groupsc(part, torch.tensor([0.1])) for part in cut_blocks(padded, grid)]
        merged = merge_blocks(blocks, grid, 9)[..., 8:-8, 8:-8]
    x = Denoiser(groupsc, 20, overlap=2)(y, 0.1)
    torch.testing.assert_close(x, merged, atol=1e-5, rtol=0)
    assert (x - Denoiser(groupsc, 20)(y, 0.1)).abs().max() > 1e-4


@pytest.mark.parametrize("block", [20, 400])
def test_turns_are_the_mean_over_orientations(sc, block):
    """Whatever the blocks: patches are coded alone, and each lies in all orientations."""
    y = image(1, 1, 40, 47)
    plain, turned = Denoiser(sc, 400), Denoiser(sc, block, turns=4)
    each = [plain(y.rot90(k, (2, 3)), 0.1).rot90(-k, (2, 3)) for k in range(4)]
    torch.testing.assert_close(turned(y, 0.1), sum(each) / 4, atol=1e-5, rtol=0)
    assert (turned(y, 0.1) - each[0]).abs().max() > 1e-4


def test_turned_images_are_restored_turned(sc):
    """Four orientations make a model that knows no upright."""
    denoiser, y = Denoiser(sc, 20, turns=4), image(1, 1, 40, 47)
    turned = denoiser(y.rot90(1, (2, 3)), 0.1).rot90(-1, (2, 3))
    torch.testing.assert_close(turned, denoiser(y, 0.1), atol=1e-5, rtol=0)


@pytest.mark.parametrize("overlap", [1, 2])
@pytest.mark.parametrize("channels", [1, 3])
def test_strips_are_the_image(groupsc, channels, overlap):
    """What is read strip by strip is restored as if it had been there at once."""
    denoiser = Denoiser(groupsc, 20, overlap=overlap)
    y = image(channels, 75, 40)
    asked, steps = [], []

    def read(top, bottom):
        asked.append(bottom - top)
        return y[:, top:bottom].numpy()

    strips = list(denoiser.strips(read, tuple(y.shape), 0.1, lambda: steps.append(1)))
    assert [top for top, _ in strips] == sorted(top for top, _ in strips)
    joined = torch.cat([rows for _, rows in strips], 1)
    assert torch.equal(joined, denoiser(y[None], 0.1)[0])
    assert max(asked) <= 20
    assert len(steps) == denoiser.steps(tuple(y.shape))


def test_the_grid_depends_on_the_size_alone(groupsc):
    """The first rows do not change when the last ones do: blocks of neighbours are fixed."""
    denoiser = Denoiser(groupsc, 20)
    y = image(1, 1, 80, 40)
    other = y.clone()
    other[..., 60:, :] = 0
    same = (denoiser(y, 0.1) - denoiser(other, 0.1))[..., :30, :]
    assert same.abs().max() == 0


def test_grey_pictures_in_colour_stay_grey(sc):
    """Luminance of equal channels is the channel; chrominance is flat and stays flat."""
    y = image(1, 1, 30, 30)
    x = Denoiser(sc, 32)(y.expand(-1, 3, -1, -1), 0.1)
    grey = Denoiser(sc, 32)(y, 0.1 / 3**0.5)
    assert (x - grey).abs().max() < 1e-5


@pytest.mark.parametrize(
    ("y", "sigma", "message"),
    [
        (image(1, 1, 8, 30), 0.1, "the image is 8x30; this model needs at least 9x9"),
        (
            image(1, 2, 30, 30),
            0.1,
            "the image is of 2 channels; this model restores images that are grey",
        ),
        (image(1, 1, 30, 30), 25.0, "8-bit noise levels divided by 255"),
        (image(1, 1, 30, 30), torch.rand(3), "give one number, or one per image"),
        (image(1, 1, 30, 30), None, "sigma is missing"),
    ],
)
def test_refusals(sc, y, sigma, message):
    with pytest.raises(ValueError, match=message):
        Denoiser(sc, 32)(y, sigma)


def test_the_mode_of_inference_does_not_leak(sc):
    y = image(1, 40, 30)
    strips = Denoiser(sc, 20).strips(lambda a, b: y[:, a:b], (1, 40, 30), 0.1)
    next(strips)
    assert not torch.is_inference_mode_enabled()


def test_training_after_inference(groupsc):
    """What inference keeps for later must be of use to training."""
    y = image(1, 1, 20, 20)
    Denoiser(groupsc, 20)(y[..., :12, :12], 0.1)
    groupsc(y, torch.tensor([0.1])).sum().backward()


def test_low_precision_is_near(groupsc):
    y, sigma = image(1, 1, 20, 20), torch.tensor([0.1])
    with torch.no_grad():
        exact = groupsc(y, sigma)
        with torch.autocast("cpu", torch.bfloat16):
            rough = groupsc(y, sigma)
    assert 0 < (exact - rough).abs().max() < 0.02


def test_fewer_steps_than_thresholds(sc):
    """Patches that are alone are coded in one go, and no further than the loop would."""
    y, sigma, whole = image(2, 1, 20, 20), torch.tensor([0.1, 0.1]), sc.depth
    sc.depth = whole - 1
    try:
        alone = sc(y, sigma)
        step, sc.step = sc.step, lambda *given: proximal(*given)
        loop = sc(y, sigma)
    finally:
        sc.depth, sc.step = whole, step
    torch.testing.assert_close(alone, loop, atol=1e-5, rtol=1e-4)
    assert (alone - sc(y, sigma)).abs().max() > 1e-4


@pytest.mark.parametrize("stride", [(1, 2), (2, 2), (3, 2)])
@pytest.mark.parametrize("size", [(9, 9), (31, 10), (50, 61)])
def test_strides_restore_every_pixel(sc, stride, size):
    y = image(1, 1, *size)
    sc.fidelity.stride = stride
    try:
        x = Denoiser(sc, 24)(y, 0.1)
        other = Denoiser(sc, 400)(y, 0.1)
    finally:
        sc.fidelity.stride = (1, 1)
    assert x.isfinite().all()
    assert (x - other).abs().max() < 1e-5
    assert not torch.equal(x, Denoiser(sc, 24)(y, 0.1))


def test_the_number_of_threads_changes_nothing(groupsc):
    y, denoiser, before = image(1, 1, 60, 50), Denoiser(groupsc, 20), torch.get_num_threads()
    restored = []
    for threads in (1, 2, 3):
        torch.set_num_threads(threads)
        try:
            restored.append(denoiser(y, 0.1))
        finally:
            torch.set_num_threads(before)
    torch.testing.assert_close(restored[0], restored[1], rtol=0, atol=1e-6)
    torch.testing.assert_close(restored[0], restored[2], rtol=0, atol=1e-6)


@pytest.mark.parametrize("moves", [1, 2])
def test_a_pixel_game_in_blocks_is_the_game_on_the_whole(moves):
    """What overlaps reach as far as the moves do: tiling changes nothing."""
    game = bind("tv-gray", ["depth=3", f"moves={moves}", *LEVELS]).model().eval()
    y, reach = image(1, 1, 60, 45), 3 * moves
    padded = F.pad(y, (reach, reach, reach, reach), mode="reflect")
    with torch.no_grad():
        whole = game(padded, torch.tensor([0.1]))[..., reach:-reach, reach:-reach]
    for block in (2 * reach + 1, 24, 400):
        assert (Denoiser(game, block, reach)(y, 0.1) - whole).abs().max() < 1e-5


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (20, 21)])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_pixel_game_restores_any_size(size, channels):
    game = bind("nltv-gray", ["depth=2", *LEVELS]).model().eval()
    y = image(2, channels, *size)
    x = Denoiser(game, 40, 12)(y, torch.tensor([0.1, 0.2]))
    assert x.shape == y.shape
    assert x.isfinite().all()


@pytest.mark.parametrize("name", ["sc-gray", "groupsc-gray"])
def test_shipped_models_under_autocast(name):
    """bfloat16 products, as on processors that have units for them, change little."""
    model = sparsight.load(name).model
    y = image(1, 1, 40, 40)
    sigma = torch.tensor([0.1])
    with torch.no_grad():
        exact = model(y, sigma)
        with torch.autocast("cpu", torch.bfloat16):
            low = model(y, sigma)
    assert 0 < (low - exact).abs().max() < 0.05
    assert (low - exact).square().mean().sqrt() < 0.01
