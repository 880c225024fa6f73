"""Loops for CUDA: in Triton's interpreter, on this processor, they do what plain torch does."""

import importlib.util
import subprocess
import sys

import pytest
import torch

from sparsight.ops import extract_patches
from sparsight.ops.patches import _cut, _Lay

COMPARE = """
import torch
from sparsight.ops import cuda
from sparsight.ops.lattice import FLOOR, _plain_backward, _scale

def draw(*shape):
    return torch.rand(shape, generator=generator)

generator = torch.Generator().manual_seed(0)
for kind, near in (torch.float32, 1e-5), (torch.bfloat16, 2e-2):
    u, grad, pooled = ((draw(2, 50, 24) - shift).to(kind) for shift in (0.5, 0.5, 0.0))
    t, size = draw(2, 24), 1 + draw(2, 50)
    plain = [x.float() for x in (u, pooled)]
    backward = _plain_backward(*plain, t, size, FLOOR, grad.float())
    wanted = [_scale(*plain, t, size)[0] * u, *backward]
    given = u, pooled, t, size, FLOOR
    found = [cuda.shrink_groups(*given), *cuda.shrink_groups_backward(*given, grad)]
    assert (wanted[0] == 0).any()
    for a, b in zip(found, wanted, strict=True):
        torch.testing.assert_close(a.float(), b, rtol=near, atol=near)

products, here, there, outside = draw(2, 50, 300), draw(2, 50), draw(2, 300), draw(50, 300) < 0.3
distances = (here[:, :, None] + there[:, None] - 2 * products).clamp(min=0)
for mask in outside, None:
    wanted = 3 * torch.exp(-distances)
    wanted = wanted if mask is None else wanted.masked_fill(mask, 0)
    found = cuda.gaussian_weights(products.clone(), here, there, mask, 3.0)
    torch.testing.assert_close(found, wanted)
"""


@pytest.mark.skipif(importlib.util.find_spec("triton") is None, reason="Triton is not installed")
def test_loops_do_what_torch_does():
    """In a process of its own: the interpreter must be chosen before Triton is imported."""
    code = 'import os; os.environ["TRITON_INTERPRET"] = "1"' + COMPARE
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("stride", [(1, 1), (2, 3)])
def test_patches_by_one_copy(stride):
    image = torch.rand(2, 3, 9, 11, dtype=torch.float64)
    patches = extract_patches(image, 4, stride)
    torch.testing.assert_close(_cut(image, 4, stride), patches, rtol=0, atol=0)
    size = (9, 11) if stride == (1, 1) else (8, 10)
    learned = extract_patches(image[..., : size[0], : size[1]], 4, stride).requires_grad_()
    assert torch.autograd.gradcheck(lambda p: _Lay.apply(p, size, 4, stride), (learned,))
