"""Seconds for one 481 x 321 grey image, beside the authors' layout and what users pick instead.

    python benchmarks/denoising_speed.py [--rounds 5] [--threads 2] [--json FILE]

All programs take turns; medians are printed. The authors' GroupSC runs on a few of its 117
blocks (56 x 56, stride 48) and is scaled up. Rivals have random weights, which changes nothing
about their speed. Peak memory is that of a process of its own for each of our models.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch
from authors_layout import AuthorsLayout
from rivals import FFDNet, Program, bm3d, dncnn, network

import sparsight
from sparsight.data import read_image
from sparsight.ops.speed import tune_process
from sparsight.zoo import QUALITIES

DEMO = Path(sparsight.__file__).parent / "files" / "demo.png"
SIZE = (321, 481)
SIGMA = 25 / 255
BLOCKS, TRIED = 117, 2
OURS = [(name, quality) for name in ("sc-gray", "groupsc-gray") for quality in QUALITIES]


def picture() -> torch.Tensor:
    """A noisy photograph of the size that the field's tables have: the demo's, mirrored."""
    clean = read_image(DEMO, 1).float()[None] / 255
    clean = torch.cat([clean, clean.flip(3)], 3)
    clean = torch.cat([clean, clean.flip(2)], 2)[..., : SIZE[0], : SIZE[1]]
    assert clean.shape[2:] == SIZE
    return clean + SIGMA * torch.randn(clean.shape, generator=torch.Generator().manual_seed(0))


def ours(name: str, quality: str) -> Program:
    """A model of the zoo."""
    model = sparsight.load(name, quality)
    return lambda y: model(y, SIGMA)


def authors(grouped: bool) -> Program:
    """The authors' layout; GroupSC on a few blocks."""
    model = AuthorsLayout(grouped).eval()

    def run(y: torch.Tensor) -> torch.Tensor:
        with torch.inference_mode():
            return (
                torch.cat([model(y[..., :56, :56]) for _ in range(TRIED)]) if grouped else model(y)
            )

    return run


def programs() -> dict[str, tuple[Program, float]]:
    """Each with what its seconds are multiplied by."""
    torch.manual_seed(0)
    chosen: dict[str, tuple[Program, float]] = {
        "SC, authors' layout": (authors(False), 1.0),
        "GroupSC, authors' layout": (authors(True), BLOCKS / TRIED),
        "DnCNN float32": (network(dncnn(), False), 1.0),
        "DnCNN bfloat16": (network(dncnn(), True), 1.0),
        "FFDNet float32": (network(FFDNet(), False), 1.0),
    }
    classic = bm3d()
    if classic is not None:
        chosen["BM3D"] = (classic, 1.0)
    for name, quality in OURS:
        chosen[f"{name}, {quality}"] = (ours(name, quality), 1.0)
    return chosen


def peak_megabytes(name: str, quality: str, threads: int) -> float:
    """Resident memory of a process that restores the picture, and nothing else."""
    command = [sys.executable, __file__, "--alone", name, quality, "--threads", str(threads)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def peak_of_this_process() -> float:
    """In megabytes. getrusage would count what the process that started this one had resident."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    line = next(text for text in status.read_text().splitlines() if text.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--alone", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    tune_process()
    y = picture()
    if options.alone:
        ours(*options.alone)(y)
        print(peak_of_this_process())
        return
    chosen = programs()
    seconds: dict[str, list[float]] = {name: [] for name in chosen}
    for number in range(options.rounds + 1):
        for name, (program, factor) in chosen.items():
            began = time.perf_counter()
            program(y)
            if number:  # the first round warms up
                seconds[name].append(factor * (time.perf_counter() - began))
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    memory = {f"{n}, {q}": peak_megabytes(n, q, options.threads) for n, q in OURS}
    rival = medians["DnCNN float32"]
    for name, median in medians.items():
        line = f"{name:28} {median:8.3f} s {median / rival:8.2f} of DnCNN float32"
        kind = {"sc": "SC", "groupsc": "GroupSC"}.get(name.partition("-")[0])
        if kind:
            line += f" {medians[f'{kind}, authors{chr(39)} layout'] / median:6.1f} x the authors'"
            line += f" {memory[name]:6.0f} MB"
        print(line)
    if options.json:
        facts = {"seconds": medians, "rounds": seconds, "peak_megabytes": memory}
        options.json.write_text(json.dumps(facts, indent=1))


if __name__ == "__main__":
    main()
