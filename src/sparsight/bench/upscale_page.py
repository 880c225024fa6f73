"""The page of the super-resolution benchmark: our rows beside table 4 of NSR."""

from collections.abc import Mapping, Sequence
from typing import Any

from sparsight.bench.table_page import markdown_table

# Table 4: set, scale, PSNR in dB of bicubic, EDSR (S), EDSR (S) with sparse layers.
TABLE_4 = (
    ("Set5", 2, 33.66, 37.99, 38.02),
    ("Set5", 3, 30.39, 34.37, 34.43),
    ("Set5", 4, 28.42, 32.09, 32.25),
    ("Set14", 2, 30.24, 33.57, 33.60),
    ("Set14", 3, 27.55, 30.28, 30.37),
    ("Set14", 4, 26.00, 28.58, 28.66),
)


def upscale_page(benches: Sequence[Mapping[str, Any]], command: str) -> str:
    """Markdown of all rows.

    Args:
        benches: as `sparsight bench upscale --json` writes them, with `parameters` and `made`.
        command: that measured them.
    """
    return f"""# Sparse-kernel networks: super-resolution

PSNR in dB and SSIM of BT.601 luma, a border of `scale` pixels shaved, images reduced by
antialiased bicubic interpolation and rounded to 8 bits. Written by

```
{command}
```

{upscale_sections(benches)}"""


def upscale_sections(benches: Sequence[Mapping[str, Any]]) -> str:
    """What was measured, what training cost, and what the paper says.

    Args:
        benches: as for `upscale_page`.
    """
    printed = [[s, f"×{x}", *(f"{v:.2f}" for v in values)] for s, x, *values in TABLE_4]
    return f"""## Measured here

{markdown_table(_MEASURED, _ours(benches))}

## What was spent on training

{spent_table(benches)}

## Table 4 of the paper, as printed

{markdown_table(_PRINTED, printed)}

The rows of the paper have 16 blocks of 64 channels (sparse+: 4 groups, 4.9 million parameters) and
were trained on the 800 images of DIV2K; ours are far smaller and were trained for far less.
"""


_MEASURED = ["model", "set", "images", "scale", "bicubic", "PSNR", "gain", "bicubic SSIM", "SSIM"]
_SPENT = [
    "model",
    "parameters",
    "steps",
    "crops a step",
    "crop",
    "minutes",
    "images",
    "before that",
]
_PRINTED = ["set", "scale", "bicubic", "EDSR (S)", "sparse+"]


def _ours(benches: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    return [
        [
            f"`{bench['model']}`",
            bench["data"],
            f"{r['images']}",
            f"×{r['scale']}",
            f"{r['bicubic_psnr']:.2f}",
            f"{r['psnr']:.2f}",
            f"{r['psnr'] - r['bicubic_psnr']:+.2f}",
            f"{r['bicubic_ssim']:.4f}",
            f"{r['ssim']:.4f}",
        ]
        for bench in benches
        for r in bench["results"]
    ]


def spent_table(benches: Sequence[Mapping[str, Any]]) -> str:
    """What the training of each model cost.

    Args:
        benches: with `model`, `parameters` and `made`.
    """
    rows = {}
    for bench in benches:
        made = bench["made"]
        if made is None:
            rows[bench["model"]] = [f"`{bench['model']}`", f"{bench['parameters']:,}", *[""] * 6]
            continue
        rows[bench["model"]] = [
            f"`{bench['model']}`",
            f"{bench['parameters']:,}",
            f"{made['steps_done']:,}",
            f"{made['schedule']['batch']}",
            f"{made['schedule']['crop']}",
            f"{made['seconds'] / 60:.0f}",
            f"{made['images']}",
            _before(made["start"]),
        ]
    return markdown_table(_SPENT, list(rows.values()))


def _before(start: Mapping[str, Any] | None) -> str:
    """The runs that the weights had behind them when this one began."""
    if start is None:
        return ""
    earlier = _before(start.get("start"))
    this = f"{start['recipe']}, {start['steps_done']:,} steps, {start['seconds'] / 60:.0f} min"
    return f"{earlier}; {this}" if earlier else this
