"""Draws docs/upscaled.png: a sample photograph of scikit-image, reduced and enlarged again.

    python benchmarks/upscaled_picture.py [--scale 4] [--out docs/upscaled.png]

Left the bicubic enlargement, then the network's, then the photograph as it was. The photograph is
"astronaut" of scikit-image (NASA, public domain).
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from skimage.data import astronaut

from sparsight.data import reduce_image
from sparsight.metrics import luma_psnr
from sparsight.ops import resize_bicubic
from sparsight.zoo import load_upscaler

TOP, LEFT, SIDE, GAP = 20, 130, 192, 6


def main() -> None:
    """Draws and prints both PSNRs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=int, default=4)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "docs/upscaled.png")
    asked = parser.parse_args()
    whole = torch.from_numpy(astronaut()).permute(2, 0, 1)
    clean = whole[:, TOP : TOP + SIDE, LEFT : LEFT + SIDE] / 255
    small = reduce_image(clean, asked.scale)[None]
    bicubic = resize_bicubic(small, (SIDE, SIDE))[0]
    restored = load_upscaler(f"nsr-upscale-x{asked.scale}")(small)[0]
    gap = torch.ones(3, SIDE, GAP)
    row = torch.cat([bicubic, gap, restored, gap, clean], 2).clamp(0, 1)
    pixels = (row * 255).round().permute(1, 2, 0).numpy().astype(np.uint8)
    Image.fromarray(pixels).save(asked.out, optimize=True)
    for name, x in (("bicubic", bicubic), ("network", restored)):
        print(f"{name}: {luma_psnr(x, clean, asked.scale):.2f} dB")


if __name__ == "__main__":
    main()
