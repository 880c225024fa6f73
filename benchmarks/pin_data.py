"""Pins the images and masks of datasets: writes src/sparsight/data/pins/NAME.txt.

    python benchmarks/pin_data.py FOLDER BSD68 MRI_masks ...

FOLDER holds one subfolder per set.
"""

import sys
from pathlib import Path

from sparsight.data.pinned import FOLDER, pin_images


def main(folder: Path, names: list[str]) -> None:
    """One file per set."""
    FOLDER.mkdir(exist_ok=True)
    for name in names:
        pins = pin_images(folder / name)
        lines = [f"{pin.file} {pin.pixels} {pin.name}\n" for pin in pins]
        (FOLDER / f"{name}.txt").write_text("".join(lines))
        print(name, len(pins))


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), sys.argv[2:])
