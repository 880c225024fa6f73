"""How far each loop is from what one core of this processor gives.

    python benchmarks/roofline.py [--rounds 5] [--json FILE]

The roofs are measured, not looked up: products by the matrix library on a square of 1024, and
copies of 256 MB. Loops run on what the shipped models hold in the middle of a solve of a
56 x 56 block at sigma 25. Operations that zeros save are not counted. Bytes are those that must
move if nothing stays in a cache: a loop above the copy's rate lives in one.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from denoising_speed import SIGMA, picture
from torch import Tensor

from sparsight.models import Unrolled
from sparsight.ops import (
    clipped_differences,
    code_patches,
    descend_by_gram,
    descend_codes,
    gaussian_weights,
    gram_form,
    group_shrink,
    soft_threshold,
)
from sparsight.ops.speed import tune_process
from sparsight.protocols import State
from sparsight.zoo import read_weights

BLOCK = 56
Work = Callable[[], object]


@dataclass(frozen=True)
class Loop:
    """A loop, the floating-point operations that it needs and the bytes that it touches."""

    run: Work
    operations: float
    numbers: float

    @property
    def bytes(self) -> float:
        """Of float32."""
        return 4 * self.numbers


def seconds(run: Work, rounds: int) -> float:
    """The median of `rounds` timings of a tenth of a second each."""
    run()
    began = time.perf_counter()
    run()
    repeats = max(1, int(0.1 / (time.perf_counter() - began)))
    timings = []
    for _ in range(rounds):
        began = time.perf_counter()
        for _ in range(repeats):
            run()
        timings.append((time.perf_counter() - began) / repeats)
    return statistics.median(timings)


def roofs(rounds: int) -> tuple[float, float]:
    """Operations per second of a large product, bytes per second of a large copy."""
    a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
    source, target = torch.zeros(1 << 26), torch.zeros(1 << 26)
    product = 2 * 1024**3 / seconds(lambda: a @ b, rounds)
    return product, 2 * 4 * (1 << 26) / seconds(lambda: target.copy_(source), rounds)


def middle(model: Unrolled, y: Tensor, sigma: Tensor) -> State:
    """The state halfway through a solve."""
    data = model.fidelity.observe(y)
    state = State(0, model.fidelity.start(data), data, model.fidelity, sigma)
    for k in range(model.depth // 2):
        state = model.prepare(state, k)
        state = replace(state, z=model.advance(state), previous=state.z)
    return state


def group_loops(y: Tensor, sigma: Tensor) -> dict[str, Loop]:
    """What a step of GroupSC is made of."""
    model, _ = read_weights("groupsc-gray")
    state = middle(model, y, sigma)
    z, graph, data = state.z, state.neighbours(), state.data
    fidelity = model.fidelity
    _, p, n = z.shape
    m, others = data.centred.shape[1], graph.weights.shape[2]
    gram = gram_form(data.centred, fidelity.dictionary, fidelity.preconditioner)
    energy, size = graph.energy(z), graph.degree().sqrt()[:, None]
    threshold = torch.full((1, p, 1), 0.01)
    u, v = data.centred, data.centred[:, :, graph.lattice]
    linked, used = int((graph.weights != 0).sum()), int((z != 0).sum())
    return {
        "GroupSC: gradient step": Loop(
            lambda: descend_by_gram(z, *gram), 2 * p * used, 3 * n * p + p * p
        ),
        "GroupSC: pooled squares": Loop(
            lambda: graph.energy(z), 2 * p * (linked + n), 2 * n * p + others * (n + p)
        ),
        "GroupSC: group threshold": Loop(
            lambda: group_shrink(z, energy, threshold, size), 12 * n * p, 3 * n * p
        ),
        "GroupSC: comparison": Loop(
            lambda: gaussian_weights(u, v), (2 * m + 16) * n * others, n * others + m * (n + others)
        ),
    }


def coding_loops(y: Tensor, sigma: Tensor) -> dict[str, Loop]:
    """SC whole, its backward, and one dense step as in the first steps of a training."""
    model, _ = read_weights("sc-gray")
    data = model.fidelity.observe(y)
    matrices = model.fidelity.dictionary.detach(), model.fidelity.preconditioner.detach()
    thresholds = model.prior.thresholds(sigma).detach()
    z = code_patches(data.centred, *matrices, thresholds)
    _, p, n = z.shape
    m, depth = data.centred.shape[1], thresholds.shape[1]
    cut = [thresholds[:, : k + 1] for k in range(depth)]
    used = sum(int((code_patches(data.centred, *matrices, t) != 0).sum()) for t in cut)
    leaf = matrices[0].clone().requires_grad_()

    def both_ways() -> None:
        with torch.enable_grad():
            code_patches(data.centred, leaf, matrices[1], thresholds).backward(z)

    flat = torch.full((1, p, 1), 0.01)
    return {
        "SC: all steps": Loop(
            lambda: code_patches(data.centred, *matrices, thresholds),
            2 * p * used + 2 * m * p * n,
            2 * n * p + n * m,
        ),
        "SC: forward, again, and backward": Loop(
            both_ways, 4 * 2 * p * used + 3 * 2 * m * p * n, 6 * n * p + n * m
        ),
        "SC: a dense step": Loop(
            lambda: descend_codes(z, data.centred, *matrices), 4 * m * p * n, 2 * n * (p + m)
        ),
        "SC: soft threshold": Loop(lambda: soft_threshold(z, flat), 4 * n * p, 2 * n * p),
    }


def pixel_loops(y: Tensor) -> dict[str, Loop]:
    """Differences to eight neighbours."""
    offsets = tuple((i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j)
    z, weights = y.flatten(2), torch.full((1, 8, 1), 0.1)
    given = (z, weights, 1.0, 0.1, offsets, (BLOCK, BLOCK))
    work = Loop(lambda: clipped_differences(*given), 8 * 6 * z.numel(), 2 * z.numel())
    return {"TV: clipped differences": work}


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    tune_process()
    y, sigma = picture()[..., :BLOCK, :BLOCK], torch.tensor([SIGMA])
    flops, rate = roofs(options.rounds)
    print(f"one core: {flops / 1e9:.0f} GFLOP/s in products, {rate / 1e9:.1f} GB/s in copies")
    rows = {}
    with torch.no_grad():
        loops = {**coding_loops(y, sigma), **group_loops(y, sigma), **pixel_loops(y)}
        for name, loop in loops.items():
            taken = seconds(loop.run, options.rounds)
            share, moved = loop.operations / taken / flops, loop.bytes / taken / rate
            rows[name] = {"milliseconds": 1e3 * taken, "of_products": share, "of_copies": moved}
            print(
                f"{name:34} {1e3 * taken:7.2f} ms  {share:5.0%} of products  {moved:5.0%} of copies"
            )
    if options.json:
        facts = {"gigaflops": flops / 1e9, "gigabytes_per_second": rate / 1e9, "loops": rows}
        options.json.write_text(json.dumps(facts, indent=1))


if __name__ == "__main__":
    main()
