"""Wall seconds of `sparsight --help` and of denoising a 64 x 64 picture, medians of runs in turn.

python benchmarks/start_up.py [--rounds 5] [--json FILE]
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        noisy = Path(folder, "noisy.png")
        values = np.random.default_rng(0).normal(128, 25, (64, 64)).clip(0, 255)
        Image.fromarray(values.astype(np.uint8)).save(noisy)
        python = [sys.executable, "-m"]
        commands = {
            "import torch": [sys.executable, "-c", "import torch"],
            "sparsight --help": [*python, "sparsight.cli", "--help"],
            "sparsight denoise, 64 x 64": [
                *[*python, "sparsight.cli", "denoise", str(noisy), "--overwrite"],
                *["-o", str(Path(folder, "out.png"))],
            ],
        }
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        for number in range(options.rounds + 1):
            for name, command in commands.items():
                began = time.perf_counter()
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
                if number:  # the first round fills the disk's cache
                    seconds[name].append(time.perf_counter() - began)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    for name, median in medians.items():
        print(f"{name:28} {median:6.2f} s")
    if options.json:
        options.json.write_text(json.dumps({"seconds": medians}, indent=1))


if __name__ == "__main__":
    main()
