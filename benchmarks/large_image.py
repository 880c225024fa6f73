"""Peak memory and time of `sparsight denoise` on a large grey TIFF, noise and all.

    python benchmarks/large_image.py [--megapixels 100] [--model sc-gray] [--folder DIR]

Writes a 16-bit picture of smooth waves with noise of sigma 25, restores it through the command
line in a process of its own and prints what the operating system counted for that process.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import tifffile


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


def main() -> None:
    """Runs the command and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megapixels", type=float, default=100)
    parser.add_argument("--model", default="sc-gray")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    side = round((options.megapixels * 1e6) ** 0.5)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        noisy, restored = Path(folder, "noisy.tif"), Path(folder, "restored.tif")
        write_waves(noisy, side)
        command = [sys.executable, "-m", "sparsight.cli", "denoise", str(noisy), "-o"]
        began = time.monotonic()
        subprocess.run(
            [*command, str(restored), "--model", options.model, "--sigma", "25"], check=True
        )
        seconds = time.monotonic() - began
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
        print(f"{side} x {side} pixels, {seconds:.0f} s, peak {peak:.2f} GiB resident")


if __name__ == "__main__":
    main()
