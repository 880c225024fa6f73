"""Tables of the paper GroupSC."""

from sparsight.bench.papers.tasks import DENOISING
from sparsight.bench.table import Column, Row, Table

_ONE_BANK = (
    "The paper trains a model per noise level, 24 steps deep; here one file of 12 steps serves "
    "all levels. It does not say which variant of SSIM it measures."
)

# Table 3 (CSR: appendix, table 2); SSIM: appendix, table 5, which has no sigma 5.
GRAY = Table(
    name="groupsc-gray",
    page="groupsc",
    title="Grey denoising",
    source="GroupSC, tables 3 (PSNR) and 5 of the appendix (SSIM)",
    task=DENOISING,
    columns=tuple(Column("BSD68", sigma) for sigma in (5.0, 15.0, 25.0, 50.0)),
    rows=(
        Row("BM3D", (37.57, 31.07, 28.57, 25.62), (None, 0.8717, 0.8013, 0.6864)),
        Row("DnCNN", (37.68, 31.73, 29.22, 26.23), (None, 0.8907, 0.8278, 0.7189)),
        Row("NLRN", (37.92, 31.88, 29.41, 26.47), (None, 0.8932, 0.8331, 0.7298)),
        Row("SC", (37.84, 31.46, 28.90, 25.84), models=("sc-gray",)),
        Row("CSR", (37.88, 31.64, 29.16, 26.08), models=("csr-gray",)),
        Row(
            "GroupSC",
            (37.95, 31.71, 29.20, 26.17),
            (None, 0.8963, 0.8336, 0.7183),
            models=("groupsc-gray",),
        ),
    ),
    note=_ONE_BANK,
)

# Table 2 (CSR: appendix, table 1); SSIM: appendix, table 6, which has sigma 15, 25 and 50 alone.
COLOUR = Table(
    name="groupsc-color",
    page="groupsc",
    title="Colour denoising",
    source="GroupSC, tables 2 (PSNR) and 6 of the appendix (SSIM)",
    task=DENOISING,
    columns=tuple(Column("CBSD68", sigma) for sigma in (5.0, 10.0, 15.0, 25.0, 30.0, 50.0)),
    rows=(
        Row("CBM3D", (40.24, None, 33.49, 30.68, None, 27.36)),
        Row(
            "CDnCNN",
            (40.50, 36.31, 33.99, 31.31, None, 28.01),
            (None, None, 0.9303, 0.8848, None, 0.7925),
        ),
        Row("RNAN", (None, 36.60, None, None, 30.73, 28.35)),
        Row("SC", (40.44, None, 33.75, 30.94, None, 27.39), models=("sc-color",)),
        Row("CSR", (40.53, None, 34.05, 31.33, None, 28.01), models=("csr-color",)),
        Row(
            "GroupSC",
            (40.58, 36.40, 34.11, 31.44, 30.58, 28.05),
            (None, None, 0.9353, 0.8917, None, 0.7974),
            models=("groupsc-color",),
        ),
    ),
    note=(
        "The paper trains a model per noise level and does not say which variant of SSIM it "
        "measures."
    ),
)

TABLES = (GRAY, COLOUR)
