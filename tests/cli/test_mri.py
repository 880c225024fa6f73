"""restore mri, bench mri, and training for them, on made scans."""

import json

import numpy as np
import pytest
from PIL import Image

from sparsight.recipes import bind
from sparsight.zoo import save_weights

SIDE = 32


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> str:
    """Untrained total variation, which betters zero-filling."""
    bound = bind("mri-tv")
    path = tmp_path_factory.mktemp("mri") / "tv.safetensors"
    save_weights(bound.model(), {"recipe": "mri-tv", "arguments": bound.arguments()}, path)
    return str(path)


def picture() -> np.ndarray:
    image = np.zeros((SIDE, SIDE))
    image[6:26, 5:27] = 0.4
    image[10:16, 10:20] = 1
    return image


def sampling() -> np.ndarray:
    """Low frequencies about [0, 0] and some others; as often k as -k."""
    place = np.fft.fftfreq(SIDE) * SIDE
    low = np.hypot(*np.meshgrid(place, place)) < 6
    some = np.random.default_rng(0).random((SIDE, SIDE)) < 0.2
    return (low | some | np.roll(some[::-1, ::-1], (1, 1), (0, 1))).astype(np.uint8)


def measured(phase: bool = False, scale: float = 1.0) -> np.ndarray:
    rows, columns = np.mgrid[:SIDE, :SIDE] / SIDE
    turned = picture() * (np.exp(1j * (2 * rows + columns)) if phase else 1)
    return sampling() * np.fft.fft2(scale * turned, norm="ortho")


@pytest.fixture
def files(tmp_path):
    np.save(tmp_path / "k.npy", measured())
    np.save(tmp_path / "mask.npy", sampling())
    return tmp_path


def error(restored: np.ndarray) -> float:
    return float(np.square(restored - picture()).mean())


def before() -> float:
    return error(np.abs(np.fft.ifft2(measured(), norm="ortho")))


@pytest.fixture
def restore(run, model):
    return lambda *words: run("restore", "mri", *words, "--model", model)


def test_a_scan_is_restored(files, restore):
    outcome = restore(files / "k.npy", "--mask", files / "mask.npy", "-o", files / "out.npy")
    assert outcome.code == 0, outcome.err
    assert f"{100 * sampling().mean():.1f} % of k-space" in outcome.out
    restored = np.load(files / "out.npy")
    assert restored.shape == (SIDE, SIDE)
    assert error(restored) < 0.7 * before()


def test_scale_and_phase_do_not_matter(files, restore):
    np.save(files / "phased.npy", measured(phase=True, scale=1e-4).astype(np.complex64))
    restore(files / "phased.npy", "--mask", files / "mask.npy", "-o", files / "out.npy")
    assert error(np.load(files / "out.npy") * 1e4) < 0.7 * before()


def test_patches_reach_the_border_of_scans_of_any_size(tmp_path, run):
    """A stride of 2 does not fit 31 rows: they are gone through one by one."""
    bound = bind("mri-sc", ["patch=4", "atoms=16", "depth=2", "stride=2"])
    weights, size = tmp_path / "sc.safetensors", (31, 30)
    save_weights(bound.model(), {"recipe": "mri-sc", "arguments": bound.arguments()}, weights)
    image = np.random.default_rng(0).random(size)
    np.save(tmp_path / "k.npy", np.fft.fft2(image, norm="ortho"))
    np.save(tmp_path / "mask.npy", np.ones(size))
    words = (tmp_path / "k.npy", "--mask", tmp_path / "mask.npy", "--model", weights)
    outcome = run("restore", "mri", *words, "-o", tmp_path / "out.npy")
    assert outcome.code == 0, outcome.err
    assert np.isfinite(np.load(tmp_path / "out.npy")).all()


def test_fastmri_files_have_slices_and_coils_in_the_middle(files, restore):
    h5py = pytest.importorskip("h5py")
    centred = np.fft.fftshift(measured(phase=True))
    with h5py.File(files / "k.h5", "w") as file:
        file["kspace"] = np.stack([[0.6 * centred, 0.8j * centred], [centred, 0 * centred]])
    np.save(files / "mask.npy", np.fft.fftshift(sampling()))
    words = (files / "k.h5", "--mask", files / "mask.npy")
    assert restore(*words, "-o", files / "out.tif").code == 0
    import tifffile

    both = tifffile.imread(files / "out.tif")
    assert both.shape == (2, SIDE, SIDE)
    assert max(map(error, both)) < 0.7 * before()
    assert restore(*words, "--slice", 1, "-o", files / "one.npy").code == 0
    np.testing.assert_allclose(np.load(files / "one.npy"), both[1], atol=1e-6)
    assert "add --slice" in restore(*words, "-o", files / "both.png").err
    assert "has slices 0 to 1" in restore(*words, "--slice", 2, "-o", files / "2.npy").err


def test_a_mask_of_the_file_itself_is_used(files, restore):
    h5py = pytest.importorskip("h5py")
    columns = np.zeros(SIDE, np.float32)
    columns[8:24] = 1
    full = np.fft.fftshift(np.fft.fft2(picture(), norm="ortho"))
    with h5py.File(files / "k.h5", "w") as file:
        file["kspace"] = (full * columns)[None].astype(np.complex64)
        file["mask"] = columns
    outcome = restore(files / "k.h5", "-o", files / "out.npy")
    assert outcome.code == 0, outcome.err
    assert "50.0 % of k-space" in outcome.out
    with h5py.File(files / "half.h5", "w") as file:
        file["kspace"] = full[None].astype(np.complex64)
        file["mask"] = np.full(SIDE, 0.5)
    half = restore(files / "half.h5", "-o", files / "x.npy")
    assert (half.code, "holds numbers other than 0 and 1" in half.err) == (1, True)
    with h5py.File(files / "other.h5", "w") as file:
        file["image"] = np.ones(3)
    assert (
        "it holds image; give a file of fastMRI"
        in restore(files / "other.h5", "-o", files / "x.npy").err
    )


def test_a_png_is_as_white_as_it_can(files, restore):
    words = (files / "k.npy", "--mask", files / "mask.npy", "-o")
    assert restore(*words, files / "out.png").code == 0
    with Image.open(files / "out.png") as image:
        levels = np.array(image)
    assert levels.max() == 65535
    assert restore(*words, files / "out.npy").code == 0
    numbers = np.load(files / "out.npy")
    np.testing.assert_allclose(levels / 65535, numbers / numbers.max(), atol=1e-4)


BAD = {
    "size": (lambda m, k: (m[:-4], k), "the mask is 28x32, the k-space 32x32"),
    "shift": (lambda m, k: (np.fft.fftshift(m), k), "is one of them shifted"),
    "empty": (lambda m, k: (0 * m, k), "mask.npy is 0 everywhere"),
    "grey mask": (lambda m, k: (m * 0.5, k), "holds numbers other than 0 and 1"),
    "real": (lambda m, k: (m, np.abs(k)), "it holds float64 numbers; give complex k-space"),
    "nan": (lambda m, k: (m, k * np.nan), "numbers that are not finite"),
    "huge": (lambda m, k: (m, k * 1e300), "e+30"),
    "tiny": (lambda m, k: (m, k * 1e-30), "scale it to between 1e-18 and 1e+15"),
    "line": (lambda m, k: (m, k[0]), "it holds no k-space"),
}


@pytest.mark.parametrize(("change", "message"), BAD.values(), ids=BAD)
def test_what_does_not_fit_gets_one_line(files, restore, change, message):
    mask, kspace = change(sampling(), measured())
    np.save(files / "k.npy", kspace)
    np.save(files / "mask.npy", mask)
    outcome = restore(files / "k.npy", "--mask", files / "mask.npy", "-o", files / "out.npy")
    assert outcome.code == 1
    assert message in outcome.err
    assert outcome.err.count("\n") == 1
    assert not (files / "out.npy").exists()


def test_other_refusals(files, restore, run, gray):
    kspace, mask = files / "k.npy", ("--mask", files / "mask.npy")
    assert "add --mask" in restore(kspace, "-o", files / "a.npy").err
    assert "choose npy, tif or png" in restore(kspace, *mask, "-o", files / "a.jpg").err
    assert "does not exist" in restore(kspace, *mask, "-o", files / "no" / "a.npy").err
    assert "no such file" in restore(files / "absent.npy", *mask, "-o", files / "a.npy").err
    (files / "a.npy").write_bytes(b"mine")
    assert "add --overwrite" in restore(kspace, *mask, "-o", files / "a.npy").err
    assert (files / "a.npy").read_bytes() == b"mine"
    assert restore(kspace, *mask, "-o", files / "a.npy", "--overwrite").code == 0
    wrong = run("restore", "mri", kspace, *mask, "-o", files / "b.npy", "--model", gray)
    assert "restores photographs, not scans" in wrong.err
    critic = run("restore", "mri", kspace, *mask, "-o", files / "b.npy", "--model", "alr-color")
    assert "alr-color restores photographs, not scans" in critic.err


def test_a_model_of_scans_is_no_denoiser(files, run, model):
    Image.fromarray(np.zeros((SIDE, SIDE), np.uint8)).save(files / "a.png")
    outcome = run("denoise", files / "a.png", "-o", files / "b.png", "--model", model)
    assert "use `sparsight restore mri`" in outcome.err


@pytest.fixture
def images(files):
    folder = files / "images"
    folder.mkdir()
    for number in range(3):
        image = np.roll(255 * picture(), 2 * number, 1).astype(np.uint8)
        Image.fromarray(image).save(folder / f"{number}.png")
    np.save(folder / "mask.npy", sampling())
    return folder


def test_bench_has_zero_filling_beside_the_model(run, model, images, tmp_path):
    words = ("--data", images, "--masks", images / "mask.npy", "--model", model)
    file = tmp_path / "b.json"
    outcome = run("bench", "mri", *words, "--json", file, "--limit", 2)
    assert outcome.code == 0, outcome.err
    (bench,) = json.loads(file.read_text())["benches"]
    (result,) = bench["results"]
    assert result["images"] == 2
    filled = [
        -10 * np.log10(np.square(np.abs(_zero_filled(number)).clip(0, 1) - _image(number)).mean())
        for number in range(2)
    ]
    plain = next(line for line in outcome.out.splitlines() if "zero-filling" in line)
    assert f" {np.mean(filled):.2f} " in plain
    assert result["psnr"] > np.mean(filled) + 1
    assert f" {result['psnr']:.2f} " in outcome.out


def _image(number: int) -> np.ndarray:
    return np.roll(255 * picture(), 2 * number, 1).astype(np.uint8) / 255


def _zero_filled(number: int) -> np.ndarray:
    kspace = sampling() * np.fft.fft2(_image(number), norm="ortho")
    return np.fft.ifft2(kspace, norm="ortho").real.clip(0)


def test_training_writes_weights_that_restore(run, images, files):
    out = files / "run"
    trained = run("train", "mri-sc", *SMALL, "--data", images, "--out", out)
    assert trained.code == 0, trained.err
    assert "sparsight restore mri" in trained.out
    words = ("--mask", files / "mask.npy", "-o", files / "out.npy")
    weights = out / "weights.safetensors"
    assert run("restore", "mri", files / "k.npy", *words, "--model", weights).code == 0


SMALL = (
    *("patch=4", "atoms=16", "depth=3", "stride=2", "levels=1", "rate_low=30", "rate_high=30"),
    *("steps=3", "batch=1", "check_every=2"),
)


def test_bench_refuses_models_of_photographs(run, gray, images):
    for name in (gray, "alr-color"):
        outcome = run("bench", "mri", "--data", images, "--masks", images, "--model", name)
        assert "restores photographs, not scans" in outcome.err


def test_training_needs_masks(run, images, files):
    (images / "mask.npy").unlink()
    outcome = run("train", "mri-tv", "steps=1", "--data", images, "--out", files / "run")
    assert "holds no mask" in outcome.err
