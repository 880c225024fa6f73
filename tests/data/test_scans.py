"""Undersampled scans of clean images."""

import numpy as np
import pytest
import torch

from sparsight.data import UndersampledScans, read_mask, read_masks, undersample


def images(count: int = 2, side: int = 8) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    return [
        torch.randint(256, (1, side, side), generator=generator, dtype=torch.uint8)
        for _ in range(count)
    ]


def mask(share: float, side: int = 8) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return (torch.rand(1, side, side, generator=generator) < share).float()


def test_every_mask_has_its_turn():
    masks = [mask(0.3), mask(0.6)]
    clean, y, rate = UndersampledScans(images(), masks, batch=2, seed=3).draw(5)
    assert clean.shape == y.shape == (2, 1, 8, 8)
    for i, chosen in enumerate(masks):
        torch.testing.assert_close(rate[i], chosen.mean())
        torch.testing.assert_close(y[i], chosen * torch.fft.fft2(clean[i], norm="ortho"))


def test_draws_are_a_function_of_seed_and_step():
    scans = UndersampledScans(images(), [mask(0.3)], batch=2, seed=3)
    torch.testing.assert_close(scans.draw(7)[1], scans.draw(7)[1])
    assert (scans.draw(7)[0] != scans.draw(8)[0]).any()
    assert (scans.draw(7)[0] != UndersampledScans(images(), [mask(0.3)], 2).draw(7)[0]).any()


def test_images_are_turned_and_kept_whole():
    (image,) = images(1)
    scans = UndersampledScans([image], [mask(0.3)], batch=20)
    drawn = scans.draw(0)[0]
    assert all(
        torch.equal(clean.flatten().sort().values, (image / 255).flatten().sort().values)
        for clean in drawn
    )
    assert len({tuple(clean.flatten().tolist()) for clean in drawn}) > 4


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="images and masks are 8x8, 9x9; they must be square"):
        UndersampledScans(images(), [mask(0.3, 9)], 1)
    wide = torch.zeros(1, 8, 6, dtype=torch.uint8)
    with pytest.raises(ValueError, match="are 8x6; they must be square"):
        UndersampledScans([wide], [torch.ones(1, 8, 6)], 1)


def test_masks_are_read_fewest_first(tmp_path):
    for number, share in enumerate((0.7, 0.2)):
        np.save(tmp_path / f"{number}.npy", mask(share)[0].numpy().astype(np.uint8))
    few, many = read_masks(tmp_path)
    assert few.mean() < many.mean()
    assert len(read_masks(tmp_path / "1.npy")) == 1
    np.save(tmp_path / "row.npy", np.array([True, False]))
    assert read_mask(tmp_path / "row.npy").tolist() == [[1, 0]]


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.full((2, 2), 0.5), "holds numbers other than 0 and 1"),
        (np.ones((2, 2, 2)), "is no mask; give a plane"),
        (np.zeros((2, 2)), "is 0 everywhere"),
    ],
)
def test_what_is_no_mask_is_refused(tmp_path, array, message):
    np.save(tmp_path / "m.npy", array)
    with pytest.raises(ValueError, match=message):
        read_mask(tmp_path / "m.npy")
    (tmp_path / "broken.npy").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(ValueError, match="is no mask; give a plane"):
        read_mask(tmp_path / "broken.npy")
    with pytest.raises(ValueError, match="cannot be read: No such file"):
        read_mask(tmp_path / "absent.npy")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ValueError, match="holds no mask"):
        read_masks(tmp_path / "folder")


def test_masks_of_the_papers_are_corner_first(shared_data):
    """Zero-filling of the wrong corner loses the image: its README says 14.5 dB."""
    from sparsight.data import image_paths, read_image
    from sparsight.metrics import psnr

    path = image_paths(shared_data / "MRI_train_T1_ixi25")[0]
    clean = read_image(path, 1) / 255
    sampling = read_mask(shared_data / "MRI_masks" / "mask_30.npy")[None]
    y, rate = undersample(clean, sampling)
    assert rate.item() == pytest.approx(0.302, abs=1e-3)
    assert psnr(torch.fft.ifft2(y, norm="ortho").real, clean) > 28
    wrong, _ = undersample(clean, torch.fft.fftshift(sampling))
    assert psnr(torch.fft.ifft2(wrong, norm="ortho").real, clean) < 18
