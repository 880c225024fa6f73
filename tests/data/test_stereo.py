"""Stereo pairs in the layouts of their makers, on tiny made folders."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from sparsight.data.pfm import read_pfm
from sparsight.data.stereo import (
    kitti_2012,
    kitti_2015,
    middlebury_2003,
    middlebury_2006,
    scene_flow,
)

HEIGHT, WIDTH = 4, 5
PIXELS = np.arange(HEIGHT * WIDTH, dtype=np.float32).reshape(HEIGHT, WIDTH) / 4


def save(path: Path, array: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)


def save_images(*paths: Path) -> None:
    for number, path in enumerate(paths):
        save(path, np.full((HEIGHT, WIDTH, 3), 10 * (number + 1), np.uint8))


def save_pfm(path: Path, array: np.ndarray, scale: float = -1.0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = "PF" if array.ndim == 3 else "Pf"
    head = f"{kind}\n{array.shape[1]} {array.shape[0]}\n{scale}\n".encode()
    path.write_bytes(head + array[::-1].astype("<f4" if scale < 0 else ">f4").tobytes())


def check(files, name: str) -> None:
    (file,) = files
    assert name in str(file.left)
    pair = file.load()
    assert int(pair.left[0, 0, 0]) == 10
    assert int(pair.right[0, 0, 0]) == 20
    torch.testing.assert_close(pair.disparity, torch.from_numpy(PIXELS))
    assert pair.known.sum() == HEIGHT * WIDTH - 1
    assert not pair.known[0, 0]


@pytest.mark.parametrize(
    ("read", "folders"),
    [
        (kitti_2015, ("image_2", "image_3", "disp_occ_0")),
        (kitti_2012, ("colored_0", "colored_1", "disp_occ")),
    ],
)
def test_kitti(tmp_path, read, folders):
    left, right, disparity = (tmp_path / folder / "000007_10.png" for folder in folders)
    save_images(left, right)
    save_images(tmp_path / folders[0] / "000007_11.png")  # the next moment has no disparity
    save(disparity, (256 * PIXELS).astype(np.uint16))
    check(read(tmp_path), "000007_10")


@pytest.mark.parametrize("rendering", ["frames_cleanpass", "frames_finalpass"])
def test_scene_flow(tmp_path, rendering):
    below = Path("TRAIN", "A", "0032")
    left, right = (tmp_path / rendering / below / side / "0006.png" for side in ("left", "right"))
    save_images(left, right)
    save_pfm(tmp_path / "disparity" / below / "left" / "0006.pfm", PIXELS)
    save_pfm(tmp_path / "disparity" / below / "right" / "0006.pfm", -PIXELS)
    check(scene_flow(tmp_path, rendering), "0032")


def test_middlebury(tmp_path):
    third, quarter = tmp_path / "2006" / "Aloe", tmp_path / "2003" / "Cones"
    save_images(third / "view1.png", third / "view5.png")
    save_images(quarter / "im2.png", quarter / "im6.png")
    save(quarter / "disp2.png", (4 * PIXELS).astype(np.uint8))
    hidden = np.ones((HEIGHT, WIDTH), np.uint8)
    hidden[1] = 0
    save(quarter / "occl.png", hidden)
    check(middlebury_2003(tmp_path / "2003"), "Cones")
    (pair,) = (file.load() for file in middlebury_2003(tmp_path / "2003"))
    assert pair.seen_by_both.sum() == HEIGHT * WIDTH - 1 - WIDTH
    save(third / "disp1.png", (12 * PIXELS).astype(np.uint8))
    (pair,) = (file.load() for file in middlebury_2006(tmp_path / "2006"))
    torch.testing.assert_close(pair.disparity, 4 * torch.from_numpy(PIXELS))


@pytest.mark.parametrize("scale", [-1.0, 1.0, -0.00392])
def test_a_float_map_begins_with_its_bottom_row(tmp_path, scale):
    save_pfm(tmp_path / "a.pfm", PIXELS, scale)
    read = read_pfm(tmp_path / "a.pfm")
    torch.testing.assert_close(read[0], torch.from_numpy(PIXELS))
    save_pfm(tmp_path / "b.pfm", np.stack([PIXELS, 2 * PIXELS, 3 * PIXELS], 2), scale)
    torch.testing.assert_close(read_pfm(tmp_path / "b.pfm")[2], torch.from_numpy(3 * PIXELS))


def test_unknown_disparities_do_not_count(tmp_path):
    below = tmp_path / "frames_cleanpass" / "left"
    save_images(below / "1.png", tmp_path / "frames_cleanpass" / "right" / "1.png")
    unknown = PIXELS.copy()
    unknown[2, 3], unknown[3, 3] = np.inf, np.nan
    save_pfm(tmp_path / "disparity" / "left" / "1.pfm", unknown)
    (pair,) = (file.load() for file in scene_flow(tmp_path))
    assert pair.known.sum() == HEIGHT * WIDTH - 3
    assert pair.disparity.isfinite().all()


@pytest.mark.parametrize(
    "read", [kitti_2012, kitti_2015, scene_flow, middlebury_2003, middlebury_2006]
)
def test_a_folder_without_pairs(tmp_path, read):
    with pytest.raises(ValueError, match="holds no stereo pair; it must hold"):
        read(tmp_path)


def test_damage(tmp_path):
    (tmp_path / "a.pfm").write_bytes(b"P6\n3 3\n255\n")
    with pytest.raises(ValueError, match="is no portable float map"):
        read_pfm(tmp_path / "a.pfm")
    (tmp_path / "a.pfm").write_bytes(b"Pf\n3 3\n-1.0\n1234")
    with pytest.raises(ValueError, match="is cut short; 3x3 needs 36 bytes"):
        read_pfm(tmp_path / "a.pfm")
    scene = tmp_path / "Aloe"
    save_images(scene / "view1.png", scene / "view5.png")
    save(scene / "disp1.png", np.ones((2, 2), np.uint8))
    with pytest.raises(ValueError, match=r"disp1\.png has another size"):
        middlebury_2006(tmp_path)[0].load()


def test_the_samples_at_hand(shared_data):
    """Disparities warp the right image onto the left one better than no shift does."""
    pairs = [file.load() for file in middlebury_2003(shared_data / "stereo_middlebury2003")]
    pairs += [middlebury_2006(shared_data / "stereo_middlebury2006")[0].load()]
    for pair in pairs:
        rows, columns = pair.seen_by_both.nonzero(as_tuple=True)
        there = (columns - pair.disparity[rows, columns].round().long()).clamp(min=0)
        ours = pair.left[:, rows, columns].float()
        warped = (ours - pair.right[:, rows, there].float()).abs().mean()
        assert warped < 0.4 * (ours - pair.right[:, rows, columns].float()).abs().mean()
