"""What all models that restore images take, refuse and give back."""

import pytest
import torch
from torch import nn

from sparsight.models import Deblocker, Denoiser, Filler, ScanRestorer, Tiled
from sparsight.models.boundary import check_images, levels_of
from sparsight.networks import Enhancer, Upscaler, plain
from sparsight.operators import MaskedFourier
from sparsight.recipes import bind

CODES = ["atoms=16", "depth=2", "patch=5"]


def rand(*shape: int) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(0))


def codes(recipe: str, *numbers: str) -> Denoiser:
    torch.manual_seed(0)
    return Denoiser(bind(recipe, [*CODES, *numbers]).model().eval(), 16)


def pixels() -> Denoiser:
    return Denoiser(bind("tv-gray", ["depth=2"]).model().eval(), 16, 2)


def enhancer() -> Tiled:
    torch.manual_seed(0)
    return Tiled(Enhancer(1, 1, 8, 1, plain).eval(), 8)


def upscaler() -> Tiled:
    torch.manual_seed(0)
    return Tiled(Upscaler(2, 1, 8, 1, plain).eval(), 8)


RESTORERS = {
    "codes": lambda y: codes("sc-gray")(y, 0.1),
    "pixels": lambda y: pixels()(y, 0.1),
    "enhancer": lambda y: enhancer()(y, 0.1),
    "upscaler": lambda y: upscaler()(y),
    "filler": lambda y: Filler(codes("sc-inpaint"))(y),
    "deblocker": lambda y: Deblocker(enhancer(), (10, 50))(y, 60),
    "deblocker of codes": lambda y: Deblocker(codes("sc-gray"), (10, 50))(y, 60),
}
each = pytest.mark.parametrize("restore", RESTORERS.values(), ids=RESTORERS)


@each
def test_numbers_from_0_to_255_are_refused(restore):
    with pytest.raises(ValueError, match=r"y has 1.. for its mean; give .* y / 255"):
        restore(255 * rand(1, 3, 20, 13))


@each
@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_images_of_any_precision_are_computed_in_the_models(restore, dtype):
    y = rand(1, 3, 20, 13).to(dtype)
    y[0, 0, 4, 7] = y[0, 0, 4, 8]
    x = restore(y)
    assert x.dtype == dtype
    torch.testing.assert_close(x, restore(y.float()).to(dtype))


@each
def test_what_comes_back_is_of_use_to_autograd(restore):
    x = restore(rand(1, 3, 20, 13))
    assert not x.requires_grad
    nn.Conv2d(3, 1, 3)(x).sum().backward()
    x.mul_(2)


@pytest.mark.parametrize("model", [codes("sc-gray"), enhancer()], ids=["codes", "enhancer"])
def test_strips_are_of_use_to_autograd(model):
    y = rand(1, 40, 13)
    for _, rows in model.strips(lambda top, bottom: y[:, top:bottom], (1, 40, 13), 0.1):
        nn.Conv2d(1, 1, 3)(rows[None]).sum().backward()
        rows.mul_(2)


@each
@pytest.mark.parametrize(
    ("y", "message"),
    [
        ((255 * rand(1, 3, 20, 13)).byte(), r"y is torch.uint8; give floating-point .* / 255"),
        (rand(3, 20, 13), r"y has the shape \(3, 20, 13\); give \(images, channels, height"),
        (rand(20, 13), r"y has the shape \(20, 13\); give \(images, channels, height"),
        (rand(0, 3, 20, 13), r"y has the shape \(0, 3, 20, 13\); give an image or more"),
        (rand(1, 3, 0, 13), r"y has the shape \(1, 3, 0, 13\); give an image or more"),
        (rand(1, 2, 20, 13), "2 channels"),
        (rand(1, 3, 20, 13) / 0, "y holds .*infinite numbers; give finite ones"),
    ],
)
def test_what_is_no_batch_of_images_is_refused(restore, y, message):
    with pytest.raises(ValueError, match=message):
        restore(y)


@pytest.mark.parametrize("name", [name for name in RESTORERS if name != "filler"])
def test_pixels_that_are_no_number_are_refused(name):
    """But by models that fill gaps, which NaN marks."""
    y = rand(1, 3, 20, 13)
    y[0, 1, 9, 9] = torch.nan
    with pytest.raises(ValueError, match="y holds NaN or infinite numbers; give finite ones"):
        RESTORERS[name](y)


def test_a_model_of_patches_fills_gaps_where_it_is_told_to():
    y, model = rand(1, 1, 20, 13), codes("sc-gray")
    y[0, 0, 9, 9] = torch.nan
    assert model(y, 0.1, gaps=True).isfinite().all()


def test_arrays_are_refused():
    with pytest.raises(TypeError, match="y is of the type ndarray; give a tensor"):
        check_images(rand(1, 1, 4, 4).numpy())


def test_strips_of_integers_are_refused():
    rows = (255 * rand(1, 20, 13)).byte()
    with pytest.raises(ValueError, match=r"what read_rows gives is torch\.uint8"):
        next(codes("sc-gray").strips(lambda top, bottom: rows[:, top:bottom], (1, 20, 13), 0.1))


@pytest.mark.parametrize("quality", [0, -1, 101, float("nan")])
def test_there_is_no_such_quality(quality):
    deblocker = Deblocker(enhancer(), (10, 50))
    y = rand(1, 1, 12, 12)
    with pytest.raises(ValueError, match=f"quality is {quality}; give that of the JPEG, between 1"):
        deblocker(y, quality)
    with pytest.raises(ValueError, match="give that of the JPEG, between 1 and 100"):
        next(deblocker.strips(lambda top, bottom: y[0, :, top:bottom], (1, 12, 12), quality))


@pytest.fixture(scope="module")
def scans() -> ScanRestorer:
    return ScanRestorer(bind("mri-tv", ["depth=2"]).model().eval())


def test_scans_of_any_precision_are_computed_in_the_models(scans):
    mask = (rand(12, 10) > 0.4).double()
    kspace = mask * torch.fft.fft2(rand(2, 12, 10).double(), norm="ortho")
    x = scans(kspace, mask)
    assert x.dtype == torch.float64
    torch.testing.assert_close(x, scans(kspace.to(torch.complex64), mask.float()).double())
    nn.Conv2d(1, 1, 3)(x[None, None].float()).sum().backward()
    x.mul_(2)


def test_the_model_that_a_restorer_of_scans_is_made_of_stays_as_it_is():
    model = bind("mri-tv", ["depth=2"]).model().eval()
    before = model.fidelity
    ScanRestorer(model)(torch.fft.fft2(rand(1, 12, 10)), torch.ones(12, 10))
    assert model.fidelity is before
    assert before.operator is MaskedFourier


@pytest.mark.parametrize("kspace", [rand(1, 12, 10), torch.fft.fft2(rand(12, 10))])
def test_what_is_no_kspace_is_refused(scans, kspace):
    with pytest.raises(ValueError, match=r"give complex numbers, \(coils, height, width\)"):
        scans(kspace, torch.ones(12, 10))


def test_masks_of_another_shape_are_refused(scans):
    with pytest.raises(ValueError, match="the mask is 10, the k-space 12x10"):
        scans(torch.fft.fft2(rand(1, 12, 10)), torch.ones(10))


@pytest.mark.parametrize(
    ("sigma", "error", "message"),
    [
        ("0.1", TypeError, "sigma is of the type str; give a number or a tensor of them"),
        (torch.full((1, 1, 20, 13), 0.1), ValueError, "sigma is a tensor of 260 numbers; give one"),
        (torch.tensor([0.1, 0.2]), ValueError, r"sigma is tensor\(\[0.1000, 0.2000\]\); give one"),
        (25.0, ValueError, "sigma is 25.0; give one number"),
    ],
)
def test_sigmas_that_cannot_be_meant(sigma, error, message):
    with pytest.raises(error, match=message):
        levels_of(sigma, 1, rand(1, 1, 20, 13))
