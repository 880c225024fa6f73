"""The page of the MRI benchmark: our rows beside table 4 of the paper Games."""

from collections.abc import Mapping, Sequence
from typing import Any

# Table 4: method, parameters, PSNR in dB at 20, 30, 40 and 50 %.
TABLE_4 = (
    ("TV", "", 35.20, 37.99, 40.00, 41.69),
    ("RecPF", "", 35.32, 38.06, 40.03, 41.71),
    ("SIDWT", "", 35.66, 38.72, 40.88, 42.67),
    ("PANO", "", 36.52, 39.13, 40.31, 41.81),
    ("BM3D-MRI", "", 37.98, 40.33, 41.99, 43.47),
    ("ADMM-net", "", 37.17, 39.84, 41.56, 43.00),
    ("ISTA-net", "337k", 38.73, 40.89, 42.52, 44.09),
    ("CS-TV", "140 a rate", 36.80, 39.63, 41.58, 43.46),
    ("CS-Sparse coding", "68k a rate", 37.80, 40.50, 42.46, 44.16),
    ("CS-Sparse coding + Variance", "68k a rate", 37.79, 40.67, 42.54, 44.17),
)
RATES = (20, 30, 40, 50)
_SPENT = ("model", "recipe", "steps", "scans a step", "minutes", "scans of the set")


def mri_page(benches: Sequence[Mapping[str, Any]], command: str) -> str:
    """Markdown of all rows.

    Args:
        benches: as `sparsight bench mri --json` writes them.
        command: that measured them.
    """
    images = benches[0]["results"][0]["images"]
    return f"""# Compressed-sensing MRI

PSNR in dB (peak 1, output clipped), mean over the {images} images of {benches[0]["data"]}, from
part of their Fourier transform under pseudo-radial masks. Written by

```
{command}
```

## Measured here

{_table(_measured(benches[0]), _ours(benches))}

One file serves all rates: `parameters` counts those of all of them together.

## What was spent on training

{_table(_SPENT, _spent(benches))}

## Table 4 of the paper, as printed

{_table(["method", "parameters", *(f"{rate} %" for rate in RATES)], _printed())}

The rows of the paper were trained, one model per rate, on brain slices that come with ADMM-Net,
which are not to be had; ours saw other heads (T1 and T2) and hearts, so the two tables compare
methods only roughly. Test images and masks are the same.
"""


def _measured(bench: Mapping[str, Any]) -> list[str]:
    rates = [f"{result['rate']:.0f} %" for result in bench["results"]]
    return ["model", "parameters", *rates, "SSIM at each", "s per image"]


def _ours(benches: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    return [
        [
            bench["model"],
            f"{bench['parameters']:,}" if bench["parameters"] else "",
            *(f"{result['psnr']:.2f}" for result in bench["results"]),
            " ".join(f"{result['ssim']:.3f}" for result in bench["results"]),
            f"{bench['results'][0]['seconds_per_image']:.2f}",
        ]
        for bench in benches
    ]


def _spent(benches: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    return [
        [
            bench["model"],
            f"`{made['recipe']}`",
            f"{made['steps_done']:,}",
            f"{made['schedule']['batch']}",
            f"{made['seconds'] / 60:.0f}",
            f"{made['images']}",
        ]
        for bench in benches
        if (made := bench["made"])
    ]


def _printed() -> list[list[str]]:
    return [[name, count, *(f"{p:.2f}" for p in values)] for name, count, *values in TABLE_4]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
