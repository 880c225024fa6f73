"""Images with gaps: mosaics of every phase, holes, and what must not depend on tiles."""

import pytest
import torch

from sparsight.models import Denoiser, Filler
from sparsight.operators import PATTERNS, bayer_mask, spread_mosaic
from sparsight.recipes import bind

NUMBERS = ["atoms=32", "depth=3", "patch=5"]


def model(recipe: str, *numbers: str):
    torch.manual_seed(0)
    return bind(recipe, [*NUMBERS, *numbers]).model().eval()


def picture(*size: int) -> torch.Tensor:
    return torch.rand(*size, generator=torch.Generator().manual_seed(1))


def mosaic(x: torch.Tensor, pattern: str) -> torch.Tensor:
    return (x * bayer_mask(pattern, x.shape[2:])).sum(1, keepdim=True)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_masks_say_what_the_letters_say(pattern):
    mask = bayer_mask(pattern, (4, 4))[0]
    letters = "".join("RGB"[int(mask[:, i, j].argmax())] for i in (0, 1) for j in (0, 1))
    assert letters == pattern
    assert torch.equal(mask.sum(0), torch.ones(4, 4))
    assert torch.equal(mask[:, :2, :2], mask[:, 2:, 2:])


def test_spreading_keeps_samples_and_counts_rows():
    raw = picture(1, 6, 5)
    whole = spread_mosaic(raw, "GRBG")
    torch.testing.assert_close(whole.nansum(0, keepdim=True), raw)
    assert torch.equal(spread_mosaic(raw[:, 3:], "GRBG", top=3).isnan(), whole[:, 3:].isnan())


@pytest.mark.parametrize("pattern", PATTERNS)
def test_tiled_is_whole_at_every_phase(pattern):
    coder = model("sc-demosaick")
    y = spread_mosaic(mosaic(picture(1, 3, 41, 53), pattern), pattern)
    whole, tiled = (Filler(Denoiser(coder, block))(y) for block in (200, 16))
    torch.testing.assert_close(tiled, whole, atol=1e-5, rtol=0)
    assert not torch.equal(whole, torch.nan_to_num(y))


@pytest.mark.parametrize("recipe", ["sc-demosaick", "csr-demosaick", "groupsc-demosaick"])
def test_strips_are_the_image(recipe):
    numbers = [] if recipe.startswith("sc-") else ["window=9", "thin=3", "refresh=1"]
    filler = Filler(Denoiser(model(recipe, *numbers), 16))
    raw = mosaic(picture(1, 3, 30, 37), "BGGR")[0]

    def read(top: int, bottom: int) -> torch.Tensor:
        return spread_mosaic(raw[:, top:bottom], "BGGR", top)

    strips = list(filler.strips(read, (3, 30, 37)))
    assert len(strips) > 1
    whole = filler(spread_mosaic(raw, "BGGR")[None])[0]
    torch.testing.assert_close(torch.cat([rows for _, rows in strips], 1), whole)


def test_observed_samples_stay_and_gaps_are_filled():
    filler = Filler(Denoiser(model("sc-demosaick"), 24))
    y = spread_mosaic(mosaic(picture(1, 3, 20, 20), "RGGB"), "RGGB")
    x = filler(y)
    assert bool(x.isfinite().all())
    seen = ~y.isnan()
    assert torch.equal(x[seen], y[seen])


def test_observed_samples_keep_their_precision():
    filler = Filler(Denoiser(model("sc-demosaick"), 24))
    y = spread_mosaic(mosaic(picture(1, 3, 20, 20), "RGGB"), "RGGB").double() / 3
    seen = ~y.isnan()
    assert torch.equal(filler(y)[seen], y[seen])


def test_no_gap_is_no_change():
    x = picture(1, 3, 20, 20)
    assert torch.equal(Filler(Denoiser(model("sc-inpaint"), 24))(x), x)


def test_grey_images_go_through_a_model_of_colour():
    filler = Filler(Denoiser(model("sc-inpaint"), 24))
    y = picture(1, 1, 20, 20)
    y[0, 0, 4, 7] = torch.nan
    x = filler(y)
    assert x.shape == y.shape
    assert bool(x.isfinite().all())
    torch.testing.assert_close(x, filler(y.expand(-1, 3, -1, -1)).mean(1, keepdim=True))


def test_a_hole_of_a_patch_is_refused():
    filler = Filler(Denoiser(model("sc-inpaint"), 24))
    y = picture(1, 3, 20, 20)
    y[..., 6:11, 8:13] = torch.nan
    with pytest.raises(ValueError, match="5 x 5 pixels, a whole patch"):
        filler(y)
