"""What choosing kernels costs beside convolving: NSR section 4.2, "Computation time".

    python benchmarks/sparse_convolution.py [--batch 100] [--rounds 7]

The paper's setting: batch 100, 64 channels in and out, patches of 64 x 64, one processor. A layer
of k = 4 groups and cardinality 16 takes turns with an ordinary convolution, and with its own side
network and mixing of kernels alone. Medians of the rounds, after one that does not count.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from torch import nn

from sparsight.networks import HardGate, SoftmaxGate, SparseConv2d

CHANNELS, SIDE = 64, 64


def main() -> None:
    """Measures and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=7)
    asked = parser.parse_args()
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(asked.batch, CHANNELS, SIDE, SIDE, generator=generator)
    parts = {"nn.Conv2d": nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1)}
    for gate in (SoftmaxGate(), HardGate()):
        parts[type(gate).__name__] = SparseConv2d(
            CHANNELS, CHANNELS, 3, padding=1, groups_k=4, cardinality=16, gate=gate
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
