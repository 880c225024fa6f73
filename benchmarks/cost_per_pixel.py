"""Seconds and peak memory of `sparsight denoise` from 0.25 to 100 megapixels, and their plot.

    python benchmarks/cost_per_pixel.py [--largest 100] [--json FILE] [--plot docs/cost.png]

Grey 16-bit TIFFs of smooth waves with noise of sigma 25 go through the command line, each in a
process of its own; the operating system counts its memory. GroupSC stops at 4 megapixels.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
import tifffile

MEGAPIXELS = (0.25, 1.0, 4.0, 16.0, 100.0)
LARGEST = {"sc-gray": 100.0, "groupsc-gray": 4.0}


def write_waves(path: Path, side: int) -> None:
    """A side x side 16-bit TIFF, made and written row by row."""
    generator = np.random.default_rng(0)
    picture = tifffile.memmap(path, shape=(side, side), dtype=np.uint16, photometric="minisblack")
    columns = np.sin(np.arange(side) / 37)
    for top in range(0, side, 256):
        rows = np.sin(np.arange(top, min(top + 256, side)) / 53)[:, None]
        clean = 0.5 + 0.25 * rows * columns
        noisy = clean + 25 / 255 * generator.standard_normal(clean.shape)
        picture[top : top + len(rows)] = np.rint(noisy.clip(0, 1) * 65535)
    picture.flush()


def measure(model: str, megapixels: float) -> dict[str, float]:
    """Seconds and megabytes of one run."""
    side = round((megapixels * 1e6) ** 0.5)
    with tempfile.TemporaryDirectory() as folder:
        noisy, restored = Path(folder, "noisy.tif"), Path(folder, "restored.tif")
        write_waves(noisy, side)
        command = [sys.executable, "-m", "sparsight.cli", "denoise", str(noisy)]
        command += ["-o", str(restored), "--model", model, "--sigma", "25"]
        began, peak = time.monotonic(), 0
        process = psutil.Popen(command, stdout=subprocess.DEVNULL)
        while process.poll() is None:
            peak = max(peak, process.memory_info().rss)
            time.sleep(0.05)
        if process.returncode:
            sys.exit(f"{' '.join(command)} failed")
        return {
            "megapixels": side**2 / 1e6,
            "seconds": time.monotonic() - began,
            "peak_megabytes": peak / 2**20,
        }


def plot(results: dict[str, list[dict[str, float]]], path: Path) -> None:
    """Seconds against megapixels, both logarithmic."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(5, 3.4), dpi=110)
    for model, rows in results.items():
        x, y = ([row[key] for row in rows] for key in ("megapixels", "seconds"))
        axes.loglog(x, y, "o-", label=model)
        for row in rows:
            axes.annotate(
                f"{row['peak_megabytes']:.0f} MB",
                (row["megapixels"], row["seconds"]),
                textcoords="offset points",
                xytext=(4, -10),
                fontsize=6,
            )
    axes.set(xlabel="megapixels", ylabel="seconds, start-up and files included")
    axes.grid(alpha=0.3, which="both")
    axes.legend()
    figure.tight_layout()
    figure.savefig(path)


def main() -> None:
    """Runs the command and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=float, default=max(MEGAPIXELS))
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    results: dict[str, list[dict[str, float]]] = {}
    for model, largest in LARGEST.items():
        results[model] = []
        for megapixels in MEGAPIXELS:
            if megapixels > min(largest, options.largest):
                continue
            row = measure(model, megapixels)
            results[model].append(row)
            print(
                f"{model:14} {row['megapixels']:7.2f} megapixels {row['seconds']:8.1f} s "
                f"{row['seconds'] / row['megapixels']:6.2f} s each {row['peak_megabytes']:6.0f} MB",
                flush=True,
            )
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))
    if options.plot:
        plot(results, options.plot)


if __name__ == "__main__":
    main()
