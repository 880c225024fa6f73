"""Tables of the paper Games."""

from sparsight.bench.papers.tasks import DENOISING
from sparsight.bench.table import Column, Row, Table

# Table A4, asymmetric rows by extra-gradient (non-local: one kappa).
GRAY = Table(
    name="games-gray",
    page="games-denoising",
    title="Grey denoising by pixel games",
    source="Games, table A4",
    task=DENOISING,
    columns=tuple(Column("BSD68", sigma) for sigma in (5.0, 15.0, 25.0, 50.0)),
    rows=(
        Row("BM3D", (37.57, 31.07, 28.57, 25.62)),
        Row("Tiny CNN, 1200 parameters", (36.47, 30.36, 27.70, 24.60)),
        Row("TV", (37.30, 30.76, 28.24, 25.32), models=("tv-gray",)),
        Row("Laplacian", (35.20, 28.46, 26.39, 23.77), models=("laplacian-gray",)),
        Row("Non-local TV", (37.83, 30.98, 28.34, 25.31), models=("nltv-gray",)),
        Row("Non-local Laplacian", (37.51, 30.99, 28.34, 25.13), models=("nllaplacian-gray",)),
    ),
    note="The paper trains a model per noise level; here one file serves all levels.",
)

TABLES = (GRAY,)
