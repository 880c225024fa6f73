"""The scans that the MRI models are trained on, and those held out to choose numbers by.

    python benchmarks/mri_split.py "$SPARSIGHT_DATA" runs/mri

makes runs/mri/train and runs/mri/held of links, with the masks of 20, 30, 40 and 50 % in both:

    sparsight train mri-tv --data runs/mri/train --out runs/mri-tv
    sparsight bench mri --data runs/mri/held --masks runs/mri/held \
        --model runs/mri-tv/weights.safetensors

Held out are a whole subject of the T2 heads (the last thirty of five blocks), the last eight of
the 25 T1 heads, every seventh slice of the one volunteer, and the last ten hearts. The fifty test
images are in neither folder.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path

HELD: dict[str, Callable[[int], bool]] = {
    "MRI_train_T2_siat150": lambda number: number > 120,
    "MRI_train_T1_ixi25": lambda number: number > 17,
    "MRI_train_T1_head170": lambda number: number % 7 == 0,
    "MRI_train_cardiac100": lambda number: number > 90,
}
RATES = (20, 30, 40, 50)


def split(data: Path, out: Path) -> None:
    """Links every image into one of the two folders, every mask into both."""
    for folder in ("train", "held"):
        (out / folder).mkdir(parents=True)
        for rate in RATES:
            mask = data / "MRI_masks" / f"mask_{rate}.npy"
            (out / folder / mask.name).symlink_to(mask.resolve())
    for name, held in HELD.items():
        for path in sorted((data / name).glob("*.png")):
            number = int(re.findall(r"\d+", path.stem)[-1])
            folder = "held" if held(number) else "train"
            (out / folder / path.name).symlink_to(path.resolve())


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    split(Path(sys.argv[1]), Path(sys.argv[2]))
