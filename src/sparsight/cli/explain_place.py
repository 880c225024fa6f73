"""`sparsight explain MODEL IMAGE --at X,Y`: what a model did at one place of a photograph."""

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sparsight.cli.bench import title
from sparsight.cli.explain_words import tell_patch, tell_pixel
from sparsight.cli.options import load_model
from sparsight.cli.pictures import save_picture

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import Tensor

    from sparsight.explain import PatchStory, PixelStory
    from sparsight.models import Deblocker, Denoiser

PATTERN = "RGGB"
FAINT = (
    "the noise is fainter than any that the model was trained for; `sparsight denoise` counts a "
    "change only as far as it can be noise"
)
_KNOWN = "sparse codes and games of pixels are explained at a place"


def explain_place(
    name: str,
    path: Path,
    at: tuple[int, int],
    level: float | None,
    quality: float | None,
    output: Path,
) -> None:
    """Writes pictures and numbers into a folder, and prints the numbers.

    Args:
        name: of the model.
        path: of the photograph.
        at: column and row.
        level: noise level in 8-bit units; None estimates it.
        quality: of JPEG, for models of it; None reads it from the file.
        output: a folder, made if need be.

    Raises:
        ValueError: the model is of a kind that cannot be explained, or the place is not there.
    """
    from sparsight.bench import save_results
    from sparsight.explain import explain_patch, explain_pixel
    from sparsight.explain.patch_pictures import patch_pictures
    from sparsight.explain.pixel_pictures import pixel_pictures
    from sparsight.fidelities import PatchFidelity, PixelFidelity
    from sparsight.models.faint import is_fainter
    from sparsight.operators import spread_mosaic

    denoiser, kind, deblocker = _open(name)
    fidelity = denoiser.model.fidelity
    shown, observed = _read(path, denoiser, at)
    if kind == "mosaic":
        print(f"what it did with the {PATTERN} mosaic of the photograph")
        observed = spread_mosaic(_sampled(observed), PATTERN)
    sigma = _level(kind, path, level, quality)
    if deblocker is not None and sigma is not None:
        sigma = _nearest(deblocker, 100 * sigma) / 100
    if kind == "noise" and sigma is not None:
        if is_fainter(sigma, denoiser.lowest):
            print(FAINT)
        sigma = _of_luminance(sigma, denoiser, shown)
    known = _named(kind, sigma)
    words = "".join(f", {key} {value:.4g}" for key, value in known.items() if value is not None)
    says = f"{title(name)} at {at[0]},{at[1]}{words}"
    if isinstance(fidelity, PatchFidelity):
        patch = explain_patch(denoiser, observed, at, sigma)
        pictures, file, facts = patch_pictures(patch, shown, fidelity), "patch.json", _facts(patch)
        tell = partial(tell_patch, patch, says)
    elif isinstance(fidelity, PixelFidelity):
        pixel = explain_pixel(denoiser, observed, at, sigma)
        pictures, file, facts = pixel_pictures(pixel, shown), "pixel.json", _facts(pixel)
        tell = partial(tell_pixel, pixel, says)
    else:
        raise ValueError(f"{name} has neither atoms nor neighbours to show at a place; {_KNOWN}")
    _save(output, pictures)
    save_results({"model": name, "image": path.name, **facts, **known}, output / file)
    tell()
    print(f"{output}: {file}, {', '.join(f'{one}.png' for one in pictures)}")


def _nearest(deblocker: "Deblocker", quality: float) -> float:
    """The quality that the model takes an image for; where it is another, that is said."""
    nearest = float(deblocker.nearest(quality))
    if nearest != quality:
        share = (
            f"; {deblocker.share(quality):.0%} of the change counts" if quality > nearest else ""
        )
        print(
            f"quality {quality:g} is restored as {nearest:g}, the nearest it was trained for{share}"
        )
    return nearest


def _open(name: str) -> "tuple[Denoiser, str, Deblocker | None]":
    """What restores images by the model, and of what: noise, jpeg, mosaic or holes."""
    from sparsight.data import any_mosaic
    from sparsight.models import Denoiser
    from sparsight.recipes.book import from_record
    from sparsight.zoo import (
        jpeg_qualities,
        load_deblocker,
        load_demosaicker,
        load_inpainter,
        read_weights,
    )

    record = read_weights(name)[1]
    gaps, deblocker = from_record(record).gaps, None
    if jpeg_qualities(record):
        deblocker = load_deblocker(name)
        loaded, kind = deblocker.model, "jpeg"
    elif gaps is any_mosaic:
        loaded, kind = load_demosaicker(name).model, "mosaic"
    elif gaps is not None:
        loaded, kind = load_inpainter(name).model, "holes"
    else:
        loaded, kind = load_model(name, "cpu"), "noise"
    if not isinstance(loaded, Denoiser):
        raise ValueError(f"{name} is a network, whose weights say little to the eye; {_KNOWN}")
    return loaded, kind, deblocker


def _level(
    kind: str,
    path: Path,
    level: float | None,
    quality: float | None,
) -> float | None:
    """What the model is told: a noise level, a quality divided by 100, or nothing.

    Raises:
        ValueError: the other of them was given.
    """
    if level is not None and kind != "noise":
        raise ValueError(f"sigma is {level:g}; this model removes no noise, leave it out")
    if quality is not None and kind != "jpeg":
        raise ValueError(f"quality is {quality:g}; this model undoes no JPEG, leave it out")
    if kind == "jpeg":
        return _quality(path, quality) / 100
    return _noise(path, level) if kind == "noise" else None


def _named(kind: str, level: float | None) -> dict[str, float | None]:
    """The level as users know it."""
    if kind == "jpeg" and level is not None:
        return {"sigma": None, "quality": 100 * level}
    return {"sigma": None if level is None else 255 * level}


def _sampled(photo: "Tensor") -> "Tensor":
    """The one number per pixel that a sensor would have seen."""
    from sparsight.operators import bayer_mask

    size = (photo.shape[1], photo.shape[2])
    return (bayer_mask(PATTERN, size)[0] * photo).sum(0, keepdim=True)


def _read(path: Path, model: "Denoiser", at: tuple[int, int]) -> tuple["Tensor", "Tensor"]:
    """The photograph as it is shown, in which the place must lie, and what the model is given."""
    import torch

    from sparsight.explain.pixel import check_inside
    from sparsight.files import as_shown, open_photo
    from sparsight.models.colour import AXES

    photo = open_photo(path)
    pixels = torch.from_numpy(as_shown(photo.read_rows(0, photo.shape[1]), photo.orientation))
    check_inside(at, (pixels.shape[1], pixels.shape[2]))
    if model.channels == 1 and len(pixels) == 3:
        # As in restoring: a grey model sees the luminance.
        print("a grey model; what it did with the luminance of the photograph")
        axis = torch.tensor(AXES[0])
        return pixels, (axis[:, None, None] * pixels).sum(0, keepdim=True)
    return pixels, pixels.expand(model.channels, -1, -1)


def _noise(path: Path, level: float | None) -> float:
    """The noise level of the photograph, [0, 1] units."""
    from sparsight.cli.noise import estimate_noise
    from sparsight.files import open_photo

    return (estimate_noise(open_photo(path)) if level is None else level) / 255


def _of_luminance(sigma: float, model: "Denoiser", shown: "Tensor") -> float:
    """The noise level of what the model is given; that of luminance is lower than a channel's."""
    import torch

    from sparsight.models.colour import AXES

    weaker = model.channels == 1 and len(shown) == 3
    return sigma * torch.tensor(AXES[0]).norm().item() if weaker else sigma


def _quality(path: Path, given: float | None) -> float:
    from sparsight.data import check_quality
    from sparsight.files import jpeg_quality

    found = jpeg_quality(path) if given is None else given
    if found is None:
        raise ValueError(f"{path} is no JPEG; give --quality, that of the JPEG it once was")
    check_quality(found)
    return float(found)


def _save(output: Path, pictures: "Mapping[str, Image]") -> None:
    output.mkdir(parents=True, exist_ok=True)
    for shown, picture in pictures.items():
        save_picture(picture, output / f"{shown}.png")


def _facts(story: "PatchStory | PixelStory") -> dict[str, Any]:
    return {key: _plain(value) for key, value in asdict(story).items()}


def _plain(value: Any) -> Any:
    """Tensors, and sequences of them, as lists."""
    import torch

    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value.tolist() if isinstance(value, torch.Tensor) else value
