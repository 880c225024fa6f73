"""Bicubic interpolation against its definition and against published figures."""

import numpy as np
import pytest
import torch

from sparsight.data import fit_scale, image_paths, read_image, reduce_image
from sparsight.metrics import luma_psnr
from sparsight.ops import resize_bicubic


def keys(t: np.ndarray) -> np.ndarray:
    """Keys' cubic kernel, a = -1/2."""
    t = abs(t)
    near, far = 1.5 * t**3 - 2.5 * t**2 + 1, -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2
    return np.where(t <= 1, near, np.where(t < 2, far, 0))


def by_definition(line: np.ndarray, length: int) -> np.ndarray:
    """One line resized tap by tap, with mirrored borders."""
    ratio = length / len(line)
    narrow, out = min(1.0, ratio), []
    for place in range(length):
        centre = (place + 0.5) / ratio - 0.5
        taps = np.arange(np.floor(centre - 2 / narrow), np.ceil(centre + 2 / narrow) + 1).astype(
            int
        )
        weights = keys((taps - centre) * narrow)
        mirrored = taps % (2 * len(line))
        mirrored = np.minimum(mirrored, 2 * len(line) - 1 - mirrored)
        out.append((weights * line[mirrored]).sum() / weights.sum())
    return np.array(out)


@pytest.mark.parametrize("size", [(8, 4), (6, 3), (24, 60), (12, 12), (4, 36)])
def test_interpolation_is_as_defined(size):
    x = torch.rand(12, 12, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    size = tuple(n if 12 % n == 0 or n % 12 == 0 else 12 for n in size)
    rows = np.stack([by_definition(row, size[1]) for row in x.numpy()])
    wanted = np.stack([by_definition(column, size[0]) for column in rows.T]).T
    got = resize_bicubic(x[None, None], size)[0, 0]
    torch.testing.assert_close(got, torch.from_numpy(wanted), atol=1e-6, rtol=0)


def test_no_part_and_no_multiple():
    with pytest.raises(ValueError, match="a length of 12 cannot become 5; give a whole multiple"):
        resize_bicubic(torch.rand(1, 1, 12, 12), (6, 5))


@pytest.mark.parametrize(("scale", "published"), [(2, 33.66), (3, 30.39), (4, 28.42)])
def test_bicubic_on_set5_is_as_published(shared_data, scale, published):
    qualities = []
    for path in image_paths(shared_data / "Set5"):
        clean = fit_scale(read_image(path, 3), scale) / 255
        small = reduce_image(clean, scale)[None]
        large = resize_bicubic(small, tuple(clean.shape[1:]))[0]
        qualities.append(luma_psnr(large, clean, scale))
    assert round(float(np.mean(qualities)), 2) == pytest.approx(published, abs=0.015)
