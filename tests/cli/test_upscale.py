"""`sparsight upscale` and `sparsight bench upscale` on real files, with tiny untrained networks."""

import json
import sys

import numpy as np
import pytest
import tifffile
import torch
from PIL import ExifTags, Image
from tests.cli.makers import pixels, save_noise
from tests.files.makers import exif_block, icc_profile, noise, png, read_png

from sparsight.files import enlarged, open_photo
from sparsight.ops import resize_bicubic
from sparsight.recipes import bind
from sparsight.zoo import load_upscaler, save_weights

NUMBERS = ["blocks=1", "features=8", "groups_k=2", "cardinality=4", "patch=4"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A function: scale -> the path of weights."""
    folder = tmp_path_factory.mktemp("networks")

    def save(scale: int) -> str:
        torch.manual_seed(0)
        recipe = bind(f"nsr-upscale-x{scale}", NUMBERS)
        path = folder / f"x{scale}.safetensors"
        record = {"recipe": f"nsr-upscale-x{scale}", "arguments": recipe.arguments()}
        save_weights(recipe.model(), record, path)
        return str(path)

    return save


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_output_is_what_the_network_says(tmp_path, run, model, scale, channels):
    (tmp_path / "a.png").write_bytes(png(noise(21, 33, channels)))
    weights = model(scale)
    words = ["--scale", scale, "-o", tmp_path / "b.png", "--model", weights]
    outcome = run("upscale", tmp_path / "a.png", *words)
    assert outcome.code == 0, outcome.err
    assert f"33 x 21 -> {tmp_path / 'b.png'}: {33 * scale} x {21 * scale}" in outcome.out
    large = read_png((tmp_path / "b.png").read_bytes())
    assert large.shape[:2] == (21 * scale, 33 * scale)
    y = torch.from_numpy(open_photo(tmp_path / "a.png").read_rows(0, 21))[None]
    wanted = load_upscaler(weights)(y)[0].clamp(0, 1).mul(255).round().permute(1, 2, 0).numpy()
    np.testing.assert_array_equal(large.reshape(wanted.shape), wanted.astype(np.uint8))


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_alpha_is_enlarged_and_the_depth_kept(tmp_path, run, model, dtype):
    array = noise(21, 33, 4, dtype=dtype)
    (tmp_path / "a.png").write_bytes(png(array))
    words = ["--scale", "2", "-o", tmp_path / "b.png", "--model", model(2)]
    assert run("upscale", tmp_path / "a.png", *words).code == 0
    large = read_png((tmp_path / "b.png").read_bytes())
    assert large.dtype.newbyteorder("=") == array.dtype
    alpha = torch.from_numpy(array[..., 3].astype(np.float32))[None, None]
    wanted = resize_bicubic(alpha, (42, 66))[0, 0].clamp(0, np.iinfo(dtype).max).round()
    np.testing.assert_allclose(large[..., 3].astype(float), wanted.numpy(), atol=1)


def test_alpha_in_pieces_is_alpha_in_one(tmp_path):
    (tmp_path / "a.png").write_bytes(png(noise(21, 9, 4)))
    photo = enlarged(open_photo(tmp_path / "a.png"), 3)
    whole = photo.read_alpha(0, 63)
    cuts = [0, 1, 8, 20, 21, 40, 62, 63]
    parts = [photo.read_alpha(top, end) for top, end in zip(cuts[:-1], cuts[1:])]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_exif_and_profile_survive(tmp_path, run, model):
    source = save_noise(tmp_path / "a.jpg", 20, 30, 3, exif=exif_block(), icc_profile=icc_profile())
    for name in ("b.jpg", "b.png", "b.webp"):
        words = ["--scale", "2", "-o", tmp_path / name, "--model", model(2)]
        assert run("upscale", source, *words).code == 0
        with Image.open(tmp_path / name) as image, Image.open(source) as before:
            assert image.size == (60, 40)
            assert image.info["icc_profile"] == before.info["icc_profile"]
            assert dict(image.getexif()) == dict(before.getexif())


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "tif"])
@pytest.mark.parametrize("origin", ["jpg", "png", "tif"])
def test_exif_has_the_new_size(tmp_path, run, model, origin, ending):
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif).update({0xA002: 30, 0xA003: 20, 0x829A: 0.25})
    source = save_noise(tmp_path / f"a.{origin}", 20, 30, 3, exif=exif.tobytes())
    words = ["--scale", "2", "-o", tmp_path / f"b.{ending}", "--model", model(2)]
    assert run("upscale", source, *words).code == 0
    with Image.open(tmp_path / f"b.{ending}") as image:
        found = image.getexif().get_ifd(ExifTags.IFD.Exif)
    assert found == {0xA002: 60, 0xA003: 40, 0x829A: 0.25}


def test_a_pixel_of_a_microscope_is_as_much_smaller(tmp_path, run, model):
    array = noise(20, 30)
    sizes = {"PhysicalSizeX": 0.1, "PhysicalSizeXUnit": "µm", "PhysicalSizeY": 0.3}
    tifffile.imwrite(tmp_path / "a.ome.tif", array, ome=True, metadata={"axes": "YX", **sizes})
    unit = {"unit": "um"}
    tifffile.imwrite(tmp_path / "a.tif", array, imagej=True, resolution=(2.5, 0.3), metadata=unit)
    for name in ("a.ome.tif", "a.tif"):
        words = ["--scale", "3", "-o", tmp_path / f"b{name}", "--model", model(3)]
        outcome = run("upscale", tmp_path / name, *words)
        assert outcome.code == 0, outcome.err
    with tifffile.TiffFile(tmp_path / "ba.ome.tif") as large:
        assert large.series[0].shape == (60, 90)
        for field in ('SizeX="90"', 'SizeY="60"', 'XUnit="µm"'):
            assert field in large.ome_metadata
        pixels = tifffile.xml2dict(large.ome_metadata)["OME"]["Image"]["Pixels"]
        assert pixels["PhysicalSizeX"] == pytest.approx(0.1 / 3)
        assert pixels["PhysicalSizeY"] == pytest.approx(0.1)
    with tifffile.TiffFile(tmp_path / "ba.tif") as large:
        assert large.imagej_metadata["unit"] == "um"
        over, under = large.pages[0].tags["XResolution"].value
        assert over / under == pytest.approx(7.5)


def test_float_tiff_keeps_its_range(tmp_path, run, model):
    array = 1000 * noise(20, 24, dtype="float32")
    tifffile.imwrite(tmp_path / "a.tif", array)
    words = ["--scale", "2", "-o", tmp_path / "b.tif", "--model", model(2)]
    assert run("upscale", tmp_path / "a.tif", *words).code == 0
    large = tifffile.imread(tmp_path / "b.tif")
    assert large.shape == (40, 48)
    assert large.dtype == np.float32
    assert large.mean() == pytest.approx(array.mean(), rel=0.05)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--scale", "5"], "scale is 5; give 2, 3 or 4"),
        (["--scale", "3", "--model", "x2"], "scale is 3, but "),
        (["--scale", "2", "--model", "sc-gray"], "sc-gray does not enlarge"),
        (["--scale", "2", "--model", "nobody"], "no model is called nobody"),
    ],
)
def test_refusals(tmp_path, run, model, words, message):
    source = save_noise(tmp_path / "a.png", 20, 20, 3)
    given = [model(2) if word == "x2" else word for word in words]
    outcome = run("upscale", source, "-o", tmp_path / "b.png", *given)
    assert outcome.code == 1
    assert message in outcome.err
    assert outcome.err.count("\n") == 1
    assert not (tmp_path / "b.png").exists()


def test_what_is_there_is_not_replaced_unless_asked(tmp_path, run, model):
    source = save_noise(tmp_path / "a.png", 20, 20, 3)
    words = ["upscale", source, "--scale", "2", "--model", model(2), "-o", source]
    assert "it is the original itself" in run(*words).err
    assert run(*words, "--overwrite").code == 0
    assert pixels(source).shape == (40, 40, 3)


def test_a_benchmark_stands_beside_bicubic(tmp_path, run, model):
    for number in range(2):
        save_noise(tmp_path / "set" / f"{number}.png", 41, 37, 3, seed=number)
    words = ["--data", tmp_path / "set", "--model", model(2), model(3)]
    outcome = run(
        *["bench", "upscale", *words, "--json", tmp_path / "b.json", "--page", tmp_path / "b.md"]
    )
    assert outcome.code == 0, outcome.err
    benches = json.loads((tmp_path / "b.json").read_text())["benches"]
    assert [bench["results"][0]["scale"] for bench in benches] == [2, 3]
    result = benches[0]["results"][0]
    # Untrained networks begin near bicubic interpolation.
    assert abs(result["psnr"] - result["bicubic_psnr"]) < 1
    assert result["images"] == 2
    page = (tmp_path / "b.md").read_text()
    assert f"{result['psnr']:.2f}" in page
    assert "bench upscale --data set" in page


def test_images_too_small_to_be_compared(tmp_path, run, model):
    words = ["bench", "upscale", "--data", tmp_path / "set", "--model", model(2)]
    save_noise(tmp_path / "set" / "a.png", 15, 15, 3)
    assert "nan" not in run(*words).out
    save_noise(tmp_path / "set" / "a.png", 1, 40, 3)
    outcome = run(*words)
    assert (outcome.code, "a.png is too small" in outcome.err) == (1, True)


def test_help_needs_no_torch(run):
    before = "torch" in sys.modules
    assert "Enlarge a photograph" in run("upscale", "--help").out
    assert before == ("torch" in sys.modules)
