"""docs/results/ablations.md from what `ablations.py` measured."""

from collections.abc import Mapping
from typing import Any

from sparsight.bench.table_page import markdown_table

PATCHES, ATOMS, DEPTHS = (7, 9, 11), (128, 256, 512), (12, 24, 36)
# Table 10 at sigma 25, and the row of SC in table 11 (12, 24, 36 steps).
TABLE_10 = {
    (7, 128): 29.10,
    (7, 256): 29.11,
    (9, 128): 29.12,
    (9, 256): 29.17,
    (9, 512): 29.20,
    (11, 128): 29.13,
    (11, 256): 29.18,
}
TABLE_11 = {12: 28.90, 24: 28.91, 36: 28.90}
# Table 9, middle averaging after every third step: stride 56, 48, 24, 12, seconds and dB.
TABLE_9 = {
    "never": ((1.30, 31.29), (1.75, 31.57), (6.00, 31.58), (22.57, 31.59)),
    "every 12": ((1.45, 31.36), (1.95, 31.65), (6.82, 31.66), (25.40, 31.67)),
    "every 8": ((1.63, 31.38), (2.17, 31.66), (7.61, 31.68), (27.92, 31.70)),
    "every 6": ((1.77, 31.39), (2.35, 31.67), (8.25, 31.69), (30.05, 31.71)),
}


def page(record: Mapping[str, Any]) -> str:
    """Markdown of all tables.

    Args:
        record: as `ablations.py` writes it.
    """
    return f"""# Ablations of GroupSC's appendix

Written by `python benchmarks/ablations.py train`, `strides` and `write`.

{_trained(record)}
{_strided(record)}"""


def _trained(record: Mapping[str, Any]) -> str:
    rows = {tuple(map(int, row["row"].split("-"))): row for row in record["rows"]}
    if not rows:
        return ""
    images = record["rows"][0]["images"]
    return f"""## Patch and dictionary size (table 10)

Sparse coding of 12 steps at σ = {record["sigma"]}, a short training from scratch that is the same
for every row (`{" ".join(record["budget"])}`), PSNR in dB on the {images} images of BSD68: measured
here, and in brackets the paper's GroupSC after a full training. Differences within this table
count, not those to the paper.

{markdown_table(["patch", *(f"{atoms} atoms" for atoms in ATOMS)], _sizes(rows))}

| patch | atoms | steps | parameters | seconds of training |
| --- | --- | --- | --- | --- |
{_costs(rows)}

## Number of steps (table 11)

Patches of 9, 256 atoms, the same training; in brackets the paper's SC.

{markdown_table(["", *(f"{depth} steps" for depth in DEPTHS)], [["SC", *_depths(rows)]])}
"""


def _sizes(rows: Mapping[tuple[int, ...], Mapping[str, Any]]) -> list[list[str]]:
    return [
        [
            f"{patch} × {patch}",
            *(_pair(rows.get((patch, atoms, 12)), TABLE_10.get((patch, atoms))) for atoms in ATOMS),
        ]
        for patch in PATCHES
    ]


def _depths(rows: Mapping[tuple[int, ...], Mapping[str, Any]]) -> list[str]:
    return [_pair(rows.get((9, 256, depth)), TABLE_11[depth]) for depth in DEPTHS]


def _pair(row: Mapping[str, Any] | None, paper: float | None) -> str:
    known = "–" if row is None else f"{row['psnr']:.2f}"
    return known if paper is None else f"{known} ({paper:.2f})"


def _costs(rows: Mapping[tuple[int, ...], Mapping[str, Any]]) -> str:
    return "\n".join(
        f"| {patch} | {atoms} | {depth} | {row['parameters']:,} | {row['seconds']:,} |"
        for (patch, atoms, depth), row in rows.items()
    )


def _strided(record: Mapping[str, Any]) -> str:
    found = record["strides"]
    if not found:
        return ""
    first = found[0]
    heads = ["refreshed", *(f"stride {one['stride']}" for one in found)]
    rows = [
        [
            "never" if every == "0" else f"every {every} steps",
            *(_cell(one["cells"].get(every)) for one in found),
        ]
        for every in first["cells"]
    ]
    paper = [
        [name, *(f"{seconds:.2f} s / {quality:.2f}" for seconds, quality in cells)]
        for name, cells in TABLE_9.items()
    ]
    return f"""## Overlap of blocks and refreshes of similarities (table 9)

`groupsc-gray` at σ = {first["sigma"]} on {first["images"]} images of BSD68 spread over the set:
processor seconds of one thread per image / PSNR in dB. Blocks are 40 pixels a side, whose 32
patches a side are the model's window; a stride of 40 does not overlap them, 32 gives every patch to
one block. The model was trained with a refresh every 4 of its 12 steps, and is not trained anew for
the others. `sparsight denoise` shares patches out like stride 32.

{markdown_table(heads, rows)}

The paper's, with blocks of 56 pixels, windows of 48, 24 steps, on a Titan RTX:

{markdown_table(["refreshed", "stride 56", "stride 48", "stride 24", "stride 12"], paper)}
"""


def _cell(cell: Mapping[str, float] | None) -> str:
    return "–" if cell is None else f"{cell['seconds']:.2f} s / {cell['psnr']:.2f}"
