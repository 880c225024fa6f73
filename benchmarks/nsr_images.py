"""Makes the folder of photographs that the networks of NSR were trained on.

    python benchmarks/nsr_images.py SETS OUT

SETS holds CBSD400, T91 and SunHays80. CBSD400 goes in without 302003.jpg, whose reduced copy is
Set5's woman, T91 without images of a side below 100, SunHays80 reduced twice: its photographs are
large and not clean at full size.
"""

import sys
from pathlib import Path

from PIL import Image

from sparsight.data import image_paths

OVERLAPS = {"302003.jpg"}
SHORTEST = 100


def gather(sets: Path, out: Path) -> int:
    """Links or reduces; returns how many images there are."""
    out.mkdir(parents=True)
    for path in [*image_paths(sets / "CBSD400"), *image_paths(sets / "T91")]:
        with Image.open(path) as image:
            small = min(image.size) < SHORTEST
        if path.name not in OVERLAPS and not small:
            (out / path.name).symlink_to(path.resolve())
    for path in image_paths(sets / "SunHays80"):
        with Image.open(path) as image:
            half = image.convert("RGB").reduce(2)
        half.save(out / f"{path.stem}.png")
    return len(image_paths(out))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    print(gather(Path(sys.argv[1]), Path(sys.argv[2])), "images")
