"""The command that measures GroupSC's ablations."""

import pytest
import torch
from benchmarks.ablations_page import page
from benchmarks.ablations_strides import BLOCK, SIDE, STRIDES, blocks_of

from sparsight.ops import cut_blocks, merge_blocks


@pytest.mark.parametrize("stride", STRIDES)
def test_blocks_of_any_stride_cover_the_image(stride):
    image = torch.rand(1, 1, 61, 83, generator=torch.Generator().manual_seed(0))
    padded, grid, (top, left) = blocks_of(image, stride)
    blocks = cut_blocks(padded, grid)
    assert {tuple(block.shape[2:]) for block in blocks} == {(BLOCK, BLOCK)}
    merged = merge_blocks(blocks, grid, SIDE)
    torch.testing.assert_close(merged[..., top : top + 61, left : left + 83], image)


def test_the_page_sets_rows_beside_the_paper():
    row = {"psnr": 28.123, "images": 68, "parameters": 65280, "steps": 9, "seconds": 70}
    record = {
        "sigma": 25,
        "budget": ["steps=9"],
        "rows": [{"row": name, **row} for name in ("9-256-12", "9-256-36")],
        "strides": [
            {
                "stride": 32,
                "images": 4,
                "sigma": 15,
                "cells": {"0": {"psnr": 31.0, "seconds": 5.0}, "4": {"psnr": 31.4, "seconds": 6.5}},
            }
        ],
    }
    text = page(record)
    assert "| 9 × 9 | – (29.12) | 28.12 (29.17) | – (29.20) |" in text
    assert "| SC | 28.12 (28.90) | – (28.91) | 28.12 (28.90) |" in text
    assert "| 9 | 256 | 12 | 65,280 | 70 |" in text
    assert "| every 4 steps | 6.50 s / 31.40 |" in text
    assert "| never | 1.30 s / 31.29 | 1.75 s / 31.57 |" in text
