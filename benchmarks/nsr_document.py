"""The page of NSR's results, from the records of what was measured."""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from sparsight.bench.table_page import markdown_table
from sparsight.bench.upscale_page import spent_table, upscale_sections

Bench = Mapping[str, Any]
Record = Mapping[str, Any] | None

# Table 5: set, noise level, PSNR in dB of BM3D, DnCNN, baseline, sparse-, sparse+ (BM3D on Set12 at
# sigma 25 is printed 39.97, a slip).
TABLE_5 = (
    ("Set12", 15, 32.37, 32.86, 32.97, 33.00, 33.04),
    ("Set12", 25, 29.97, 30.44, 30.59, 30.63, 30.68),
    ("Set12", 50, 26.72, 27.18, 27.40, 27.46, 27.51),
    ("BSD68", 15, 31.07, 31.73, 31.79, 31.81, 31.83),
    ("BSD68", 25, 28.57, 29.23, 29.30, 29.33, 29.35),
    ("BSD68", 50, 25.62, 26.23, 26.35, 26.37, 26.39),
)
# Table 6: set, quality, PSNR in dB of JPEG, SA-DCT, ARCNN, DnCNN, baseline, sparse-.
TABLE_6 = (
    ("classic5", 10, 27.82, 28.88, 29.04, 29.40, 29.54, 29.56),
    ("classic5", 20, 30.12, 30.92, 31.16, 31.63, 31.72, 31.72),
    ("classic5", 30, 31.48, 32.14, 32.52, 32.91, 33.07, 33.08),
    ("classic5", 40, 32.43, 33.00, 33.34, 33.77, 33.94, 33.96),
)
# Tables 1 to 3, figure 4: what rows of the ablation are called, and the PSNR that is printed.
TABLE_1 = {
    "plain": 34.76,
    "k=4, sigmoid": 34.81,
    "k=4, Gumbel": 34.45,
    "k=4, τ=10": 34.86,
    "k=4": 34.87,
    "k=4, τ=0.1": 34.83,
}
TABLE_2 = {"plain": 33.91, "k=2, width / 2": 33.92, "k=4, width / 4": 33.81}
TABLE_3 = {"plain": 33.91, "k=2": 33.98, "k=4": 34.07, "k=8": 34.14}
FIGURE_4 = {"k=4, cardinality 1": None, "k=4": None}


def page(benches: Sequence[Bench], ablation: Record, overhead: Record) -> str:
    """Markdown of everything that is there.

    Args:
        benches: of `benchmarks/nsr.py`.
        ablation: of `benchmarks/nsr_ablation.py`.
        overhead: of `benchmarks/sparse_convolution.py`.
    """
    parts = [
        _HEAD,
        "# Super-resolution\n\n" + upscale_sections(_of(benches, "scale")),
        _denoising(_of(benches, "sigma")),
        _deblocking(_of(benches, "jpeg_quality")),
        "" if ablation is None else _ablation(ablation),
        "" if overhead is None else _overhead(overhead),
    ]
    return "\n".join(part for part in parts if part)


_HEAD = """# Sparse-kernel networks (NSR)

PSNR in dB, SSIM with a Gaussian window, restored images clipped. Super-resolution: BT.601 luma, a
border of `scale` pixels shaved, images reduced by antialiased bicubic interpolation and rounded to
8 bits. Noise is added in float and never clipped. JPEG: luma compressed by Pillow. Written by

```
python benchmarks/nsr.py SETS
```

with what `benchmarks/nsr_ablation.py` and `benchmarks/sparse_convolution.py` recorded. Networks
learned from the photographs that `benchmarks/nsr_images.py` gathers (CBSD400, T91 and SunHays80 at
half size; scale 4 from those of 128 pixels and more), on one core for minutes, scale 2 for most of
an hour, where the paper has 30 epochs of 100 crops an image.
"""


def _of(benches: Sequence[Bench], key: str) -> list[Bench]:
    return [bench for bench in benches if key in bench["results"][0]]


def _denoising(benches: Sequence[Bench]) -> str:
    if not benches:
        return ""
    rows = [
        [f"`{b['model']}`", b["data"], f"{r['sigma']:g}", f"{r['psnr']:.2f}", f"{r['ssim']:.4f}"]
        for b in benches
        for r in b["results"]
    ]
    return f"""# Denoising

One network serves all noise levels from 5 to 55; the published ones serve one each.

{markdown_table(["model", "set", "σ", "PSNR", "SSIM"], rows)}

{spent_table(benches)}

Table 5 of the paper, as printed:

{_printed(["set", "σ", "BM3D", "DnCNN", "baseline", "sparse-", "sparse+"], TABLE_5)}
"""


def _deblocking(benches: Sequence[Bench]) -> str:
    if not benches:
        return ""
    rows = [
        [
            f"`{b['model']}`",
            b["data"],
            f"{r['jpeg_quality']}",
            f"{r['jpeg_psnr']:.2f}",
            f"{r['psnr']:.2f}",
            f"{r['psnr'] - r['jpeg_psnr']:+.2f}",
            f"{r['ssim']:.4f}",
        ]
        for b in benches
        for r in b["results"]
    ]
    return f"""# JPEG

One network serves all qualities from 10 to 90.

{markdown_table(["model", "set", "quality", "JPEG", "PSNR", "gain", "SSIM"], rows)}

{spent_table(benches)}

Table 6 of the paper, as printed:

{_printed(["set", "quality", "JPEG", "SA-DCT", "ARCNN", "DnCNN", "baseline", "sparse-"], TABLE_6)}
"""


def _printed(heads: Sequence[str], rows: Sequence[tuple]) -> str:
    texts = [[name, f"{level}", *(f"{v:.2f}" for v in values)] for name, level, *values in rows]
    return markdown_table(heads, texts)


def _ablation(record: Mapping[str, Any]) -> str:
    small, same = (_runs(record, name) for name in ("small", "same size"))
    return f"""# Gates, group sizes and cardinality at small size

Networks of 2 blocks (×2), trained on 4 crops a step of {record["images"]} images, measured in RGB
on {record["valid"]} squares of 256 pixels of DIV2K's validation images (the paper: whole images).
Mean over seeds. Every seed shows all rows the same crops in the same order, so "against plain" is
the mean of differences of pairs, ± its standard error.

## Table 1: gates

{_size(record, "small")} (the paper: 16 blocks, 32 neurons, width 4). The gate is the softmax
where no other is named, with τ = 1.

{_rows(small, TABLE_1)}

## Table 2: as many parameters

{_size(record, "same size")}, as in the paper.

{_rows(same, TABLE_2)}

## Table 3: as many operations

{_size(record, "small")} (the paper: 32 neurons, width 4).

This size was chosen after others had shown no gain from more kernels, one seed each: 32 neurons
and width 4 for 4,000 steps, 16 neurons and width 4 for 15,000. That small networks are sooner full
is our guess at why, not measured. Read the order as one that can be had, not as one that holds at
every size and budget.

{_rows(small, TABLE_3)}

## Figure 4: cardinality

{_rows(small, FIGURE_4)}
"""


def _runs(record: Mapping[str, Any], study: str) -> dict[str, dict[int, Mapping[str, Any]]]:
    runs: dict[str, dict[int, Mapping[str, Any]]] = {}
    for run in record["runs"]:
        if run["study"] == study:
            runs.setdefault(run["row"], {})[run["seed"]] = run
    return runs


def _size(record: Mapping[str, Any], study: str) -> str:
    facts = record["studies"][study]
    size = f"{facts['features']} neurons, width {facts['width']}"
    return f"{size}, cardinality {facts['cardinality']}, {facts['steps']:,} steps"


def _rows(
    runs: Mapping[str, Mapping[int, Mapping[str, Any]]], printed: Mapping[str, float | None]
) -> str:
    rows, plain = [], runs["plain"]
    for name, value in printed.items():
        own = runs.get(name, {})
        if not own:
            continue
        pairs = [run["psnr"] - plain[seed]["psnr"] for seed, run in own.items() if seed in plain]
        error = statistics.stdev(pairs) / len(pairs) ** 0.5 if len(pairs) > 1 else float("nan")
        rows.append(
            [
                name,
                f"{next(iter(own.values()))['parameters']:,}",
                f"{len(own)}",
                f"{statistics.fmean(run['psnr'] for run in own.values()):.3f}",
                "" if name == "plain" else f"{statistics.fmean(pairs):+.3f} ± {error:.3f}",
                "" if value is None else f"{value:.2f}",
                "" if value is None else f"{value - (printed['plain'] or 0):+.2f}",
            ]
        )
    heads = ["row", "parameters", "seeds", "PSNR", "against plain", "paper", "against plain"]
    return markdown_table(heads, rows)


def _overhead(record: Mapping[str, Any]) -> str:
    whole = record["seconds"]["nn.Conv2d"]
    rows = [
        [name, f"{1000 * taken:.0f}", f"{taken / whole:.1%}"]
        for name, taken in record["seconds"].items()
    ]
    counted = [[name, f"{value:.2f}"] for name, value in record["megaflops"].items()]
    return f"""# What choosing costs

One layer, batch {record["batch"]}, 64 channels in and out, 64 × 64 pixels, {record["threads"]}
thread (section 4.2: 5 to 10 % more time). A hard gate of 16 groups takes what one of 4 takes:
unused kernels are not touched.

{markdown_table(["what", "ms", "of nn.Conv2d"], rows)}

Million multiplications per pixel of the networks of table 5 (printed: 0.59, 0.30, 0.60):

{markdown_table(["network", "millions"], counted)}
"""
