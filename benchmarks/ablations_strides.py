"""GroupSC's appendix, table 9: overlap of blocks and refreshes of similarities, with groupsc-gray.

The paper cuts blocks of 56 pixels, whose 48 patches a side are the window of the search, at strides
of 56 (no overlap) to 12. The shipped model searches 32 patches a side, so that blocks of 40 pixels
at strides of 40, 32, 16 and 8 are the same shares of a window.
"""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from sparsight.bench import add_noise, read_record, save_results
from sparsight.data import image_paths, read_image
from sparsight.metrics import psnr
from sparsight.models import Unrolled
from sparsight.neighbours import Similarity
from sparsight.ops import Grid, cut_blocks, merge_blocks
from sparsight.zoo import read_weights

BLOCK, SIDE = 40, 9
STRIDES = (40, 32, 16, 8)
# Steps between refreshes; 0 for never. The model has 12 steps, the paper's 24.
EVERY = (0, 6, 4, 3)
SIGMA = 15
EACH = 17  # one image in so many
TOGETHER = 4


def measure(stride: int, folder: Path, target: Path) -> None:
    """Adds to the file of a stride what it lacks, a refresh after the other."""
    record = read_record(target) if target.is_file() else {"stride": stride, "cells": {}}
    paths = image_paths(folder)
    places = range(0, len(paths), EACH)
    record |= {"images": len(places), "sigma": SIGMA}
    for every in EVERY:
        if f"{every}" in record["cells"]:
            continue
        restore = _restorer(every, stride)
        found = [_one(restore, paths[place], place) for place in places]
        quality, seconds = map(statistics.fmean, zip(*found, strict=True))
        record["cells"][f"{every}"] = {"psnr": quality, "seconds": seconds}
        save_results(record, target)
        print(stride, every, f"{quality:.3f} dB {seconds:.2f} s", flush=True)


def _restorer(every: int, stride: int) -> Callable[[Tensor, Tensor], Tensor]:
    model: Unrolled = read_weights("groupsc-gray")[0]
    similarity: Similarity = model.neighbours  # pyright: ignore[reportAssignmentType]
    similarity.refresh = tuple(range(every + 1, model.depth, every)) if every else ()

    def restore(noisy: Tensor, sigma: Tensor) -> Tensor:
        padded, grid, (top, left) = blocks_of(noisy, stride)
        cut = cut_blocks(padded, grid)
        batches = [torch.cat(cut[k : k + TOGETHER]) for k in range(0, len(cut), TOGETHER)]
        restored = torch.cat([model(b, sigma.expand(len(b))) for b in batches]).split(1)
        merged = merge_blocks(restored, grid, SIDE)
        return merged[..., top : top + noisy.shape[2], left : left + noisy.shape[3]]

    return restore


def blocks_of(image: Tensor, stride: int) -> tuple[Tensor, Grid, tuple[int, int]]:
    """The image mirrored by a patch less one, and further until the last block is whole."""
    margin = SIDE - 1
    lacking = [-(length + 2 * margin - BLOCK) % stride for length in image.shape[2:]]
    sides = (margin, margin + lacking[1], margin, margin + lacking[0])
    padded = F.pad(image, sides, mode="reflect")
    spans = [
        tuple((a, a + BLOCK) for a in range(0, length - BLOCK + 1, stride))
        for length in padded.shape[2:]
    ]
    return padded, Grid(*spans), (margin, margin)


@torch.inference_mode()
def _one(
    restore: Callable[[Tensor, Tensor], Tensor], path: Path, place: int
) -> tuple[float, float]:
    clean = read_image(path, 1).float() / 255
    noisy = add_noise(clean, SIGMA / 255, place)
    start = time.process_time()
    restored = restore(noisy[None], torch.tensor([SIGMA / 255]))[0]
    return psnr(restored, clean), time.process_time() - start
