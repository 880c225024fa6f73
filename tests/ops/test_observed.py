"""Codes of patches with gaps: kinds one after the other, products, and plain steps agree."""

import pytest
import torch

from sparsight.fidelities import centre_all, centre_observed
from sparsight.operators import bayer_mask
from sparsight.ops import (
    code_observed,
    code_patches,
    descend_codes,
    extract_patches,
    soft_threshold,
    zero_codes,
)

SIDE = 5


def draw(dtype=torch.float32, batch: int = 2):
    generator = torch.Generator().manual_seed(0)

    def normal(*size: int) -> torch.Tensor:
        return torch.randn(*size, generator=generator, dtype=torch.float64).to(dtype)

    m, p = 3 * SIDE**2, 32
    matrices = [matrix / torch.linalg.matrix_norm(matrix, 2) for matrix in (normal(m, p),) * 2]
    matrices[1] = matrices[1] + 0.01 * normal(m, p)
    image = torch.rand(batch, 3, 12, 13, generator=generator, dtype=torch.float64).to(dtype)
    return image, matrices, 0.02 + 0.01 * normal(1, 4, p).abs()


def masks(kind: str, image: torch.Tensor) -> torch.Tensor:
    if kind == "mosaics of two phases":
        size = image.shape[2:]
        both = torch.cat([bayer_mask("RGGB", size), bayer_mask("GBRG", size)])
        return both.to(image)
    generator = torch.Generator().manual_seed(1)
    return (torch.rand(image.shape, generator=generator) < 0.6).to(image)


def step_by_step(y, matrices, thresholds, mask):
    z = zero_codes(len(y), matrices[0].shape[1], y.shape[2], y)
    for k in range(thresholds.shape[1]):
        z = soft_threshold(descend_codes(z, y, *matrices, mask), thresholds[:, k, :, None])
    return z


@pytest.mark.parametrize("kind", ["mosaics of two phases", "holes"])
def test_every_way_gives_the_same_codes(kind):
    image, matrices, thresholds = draw()
    seen = masks(kind, image)
    mask = extract_patches(seen, SIDE)
    y, _ = centre_observed(extract_patches(image * seen, SIDE), mask)
    wanted = step_by_step(y, matrices, thresholds, mask)
    assert bool((wanted != 0).any())
    torch.testing.assert_close(
        code_observed(y, *matrices, thresholds, mask), wanted, atol=1e-5, rtol=0
    )


def test_a_mask_of_ones_is_no_mask():
    image, matrices, thresholds = draw()
    y, mean = centre_observed(extract_patches(image, SIDE), None)
    ones = torch.ones_like(y)
    for centre in (centre_all, centre_observed):
        again, same = centre(extract_patches(image, SIDE), ones)
        torch.testing.assert_close((again, same), (y, mean))
    codes = code_observed(y, *matrices, thresholds, ones)
    torch.testing.assert_close(codes, code_patches(y, *matrices, thresholds), atol=1e-5, rtol=0)


def test_what_lies_in_the_gaps_does_not_matter():
    image, matrices, thresholds = draw()
    seen = masks("holes", image)
    mask = extract_patches(seen, SIDE)
    y = extract_patches(image, SIDE)
    one, two = (
        code_observed(y + other * (1 - mask), *matrices, thresholds, mask) for other in (0, 5)
    )
    torch.testing.assert_close(one, two)


@pytest.mark.parametrize("kind", ["mosaics of two phases", "holes"])
def test_gradients(kind):
    image, matrices, thresholds = draw(torch.float64)
    seen = masks(kind, image)[..., :7, :7]
    image = image[..., :7, :7]
    mask = extract_patches(seen, SIDE)
    y, _ = centre_observed(extract_patches(image * seen, SIDE), mask)
    inputs = [t.detach().requires_grad_() for t in (y, *matrices, thresholds)]
    wanted = step_by_step(inputs[0], inputs[1:3], inputs[3], mask)
    push = torch.randn(wanted.shape, generator=torch.Generator().manual_seed(3)).to(wanted)
    ours = torch.autograd.grad((code_observed(*inputs, mask) * push).sum(), inputs)
    for mine, theirs in zip(ours, torch.autograd.grad((wanted * push).sum(), inputs), strict=True):
        torch.testing.assert_close(mine, theirs)
