"""What choosing kernels costs beside convolving: NSR section 4.2, "Computation time".

    python benchmarks/sparse_convolution.py [--batch 100] [--rounds 7] [--json FILE]

The paper's setting: batch 100, 64 channels in and out, patches of 64 x 64, one processor. A layer
of k = 4 groups and cardinality 16 takes turns with an ordinary convolution, and with its own side
network and mixing of kernels alone; with a hard gate, of 16 groups too, whose unused kernels cost
nothing. Medians of the rounds, after one that does not count. Then the operations per pixel of the
networks of table 5, counted by torch.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from sparsight.bench import save_results
from sparsight.networks import Enhancer, HardGate, SoftmaxGate, SparseConv2d, plain, sparse
from sparsight.networks.wdsr import MakeConvolution

CHANNELS, SIDE = 64, 64
TABLE_5 = {"baseline": (plain, 2), "sparse-": (sparse(2, 16), 1), "sparse+": (sparse(2, 16), 2)}


def main() -> None:
    """Measures and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(asked.batch, CHANNELS, SIDE, SIDE, generator=generator)
    parts = {"nn.Conv2d": nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1)}
    for gate, k in ((SoftmaxGate(), 4), (HardGate(), 4), (HardGate(), 16)):
        parts[f"{type(gate).__name__}, k = {k}"] = SparseConv2d(
            CHANNELS, CHANNELS, 3, padding=1, groups_k=k, cardinality=16, gate=gate
        ).eval()
    tasks: dict[str, Callable[[], object]] = {}
    for name, layer in parts.items():
        tasks[name] = lambda layer=layer: layer(x)
        if isinstance(layer, SparseConv2d):
            tasks[f"{name}, choosing alone"] = lambda layer=layer: layer.kernels(
                layer.choose(x, (1, 1))
            )
    seconds = measure(tasks, asked.rounds)
    print(f"batch {asked.batch}, {CHANNELS} channels, {SIDE} x {SIDE}, ", end="")
    print(f"{torch.get_num_threads()} thread(s), median of {asked.rounds} rounds")
    print("| what | ms | of nn.Conv2d |\n|---|---|---|")
    for name, taken in seconds.items():
        share = taken / seconds["nn.Conv2d"]
        print(f"| {name} | {1000 * taken:.1f} | {share:.1%} |")
    counted = {name: megaflops(*network) for name, network in TABLE_5.items()}
    print("| network of table 5 | million multiplications per pixel |\n|---|---|")
    for name, millions in counted.items():
        print(f"| {name} | {millions:.2f} |")
    if asked.json is not None:
        facts = {"batch": asked.batch, "threads": torch.get_num_threads()}
        save_results({**facts, "seconds": seconds, "megaflops": counted}, asked.json)


def megaflops(convolution: MakeConvolution, width: int) -> float:
    """Multiplications per pixel, in millions, of the network of section 4.3."""
    y = torch.rand(1, 1, SIDE, SIDE)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        Enhancer(1, 16, 32, width, convolution)(y, torch.ones(1))
    return counter.get_total_flops() / 2 / y.numel() / 1e6


@torch.inference_mode()
def measure(tasks: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Seconds of each task; the tasks take turns."""
    taken: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(rounds + 1):
        for name, task in tasks.items():
            start = time.perf_counter()
            task()
            taken[name].append(time.perf_counter() - start)
    return {name: statistics.median(times[1:]) for name, times in taken.items()}


if __name__ == "__main__":
    main()
