"""Tables of the paper Games."""

from sparsight.bench.papers.tasks import DENOISING, SCANS
from sparsight.bench.table import Column, Row, Table

_SIGMAS = (5.0, 15.0, 25.0, 50.0)
_LEVELS = tuple(Column("BSD68", sigma) for sigma in _SIGMAS)
_ONE_BANK = (
    "The paper trains a model per noise level; here a file serves all levels, but for those whose "
    "name ends in one."
)

GRAY = Table(
    name="games-gray",
    page="games-denoising",
    title="Grey denoising by pixel games",
    source="Games, table A4",
    task=DENOISING,
    columns=_LEVELS,
    rows=(
        Row("BM3D", (37.57, 31.07, 28.57, 25.62)),
        Row("Tiny CNN, 326 parameters", (35.17, 29.42, 26.90, 24.06)),
        Row("Tiny CNN, 1200 parameters", (36.47, 30.36, 27.70, 24.60), models=("tiny-cnn-gray",)),
        Row("TV symmetric", (36.08, 30.21, 27.58, 24.74)),
        Row("TV symmetric, extra-gradient", (37.02, 30.33, 27.82, 24.81)),
        Row("TV asymmetric", (36.83, 30.49, 27.99, 24.93)),
        Row("TV asymmetric, extra-gradient", (37.30, 30.76, 28.24, 25.32), models=("tv-gray",)),
        Row("Laplacian symmetric", (34.88, 28.14, 25.90, 23.45)),
        Row("Laplacian symmetric, extra-gradient", (33.87, 28.14, 25.91, 23.45)),
        Row("Laplacian asymmetric", (35.20, 28.48, 26.17, 23.78)),
        Row(
            "Laplacian asymmetric, extra-gradient",
            (35.20, 28.46, 26.39, 23.77),
            models=("laplacian-gray",),
        ),
        Row("Non-local TV", (37.25, 30.86, 28.28, 25.42)),
        Row("Non-local TV, several κ", (37.12, 31.01, 28.37, 25.24), models=("nltv-gray",)),
        Row("Non-local TV, extra-gradient", (37.83, 30.98, 28.34, 25.31)),
        Row("Non-local TV, extra-gradient, several κ", (37.53, 31.03, 28.50, 25.26)),
        Row("Non-local Laplacian", (37.31, 30.75, 28.33, 25.15)),
        Row("Non-local Laplacian, several κ", (37.53, 31.01, 28.37, 25.47)),
        Row(
            "Non-local Laplacian, extra-gradient",
            (37.51, 30.99, 28.34, 25.13),
            models=("nllaplacian-gray",),
        ),
        Row("Non-local Laplacian, extra-gradient, several κ", (37.54, 31.00, 28.47, 25.46)),
    ),
    note=f"{_ONE_BANK} Non-local rows are asymmetric.",
)

# The paper prints its own rows here as GroupSC has them.
PATCHES = Table(
    name="games-patches",
    page="games-denoising",
    title="Grey denoising by patch games",
    source="Games, table A5",
    task=DENOISING,
    columns=_LEVELS,
    rows=(
        Row("BM3D", (37.57, 31.07, 28.57, 25.62)),
        Row("LSSC", (37.70, 31.28, 28.71, 25.72)),
        Row("CSCnet", (37.69, 31.40, 28.93, 26.04)),
        Row("FFDNet", (None, 31.63, 29.19, 26.29)),
        Row("DnCNN", (37.68, 31.73, 29.22, 26.23)),
        Row("NLRN", (37.92, 31.88, 29.41, 26.47)),
        Row(
            "GroupSC",
            (37.95, 31.71, 29.20, 26.17),
            models=tuple(f"groupsc-gray-{sigma:g}" for sigma in _SIGMAS),
        ),
        Row(
            "Sparse Coding + Barzilai-Borwein",
            (37.85, 31.46, 28.91, 25.84),
            models=("sc-barzilai-gray",),
        ),
        Row("Sparse Coding + Variance", (37.83, 31.49, 29.00, 26.08), models=("sc-variance-gray",)),
        Row("Sparse Coding + TV", (37.84, 31.50, 29.02, 26.10), models=("sc-tv-gray",)),
        Row(
            "Sparse Coding + TV + Variance",
            (37.84, 31.51, 29.03, 26.09),
            models=("sc-tv-variance-gray",),
        ),
        Row(
            "Sparse Coding + TV + Variance + Barzilai-Borwein",
            (37.86, 31.52, 29.04, 26.04),
            models=("sc-all-gray",),
        ),
        Row(
            "Non-local group, symmetric",
            (37.94, 31.67, 29.17, 26.16),
            models=("group-symmetric-gray",),
        ),
        Row("Non-local group, asymmetric", (37.95, 31.69, 29.20, 26.19), models=("group-gray",)),
        Row(
            "Non-local group, asymmetric + TV",
            (37.96, 31.71, 29.22, 26.26),
            models=("group-tv-gray",),
        ),
        Row(
            "Non-local group, asymmetric + Variance",
            (37.96, 31.70, 29.23, 26.28),
            models=("group-variance-gray",),
        ),
        Row(
            "Non-local group, asymmetric + Variance + TV",
            (37.95, 31.71, 29.24, 26.30),
            models=("group-tv-variance-gray",),
        ),
        Row(
            "GroupSC + Variance",
            (37.96, 31.75, 29.24, 26.34),
            models=tuple(f"groupsc-gray-variance-{sigma:g}" for sigma in _SIGMAS),
        ),
    ),
    note=_ONE_BANK,
)

MRI = Table(
    name="games-mri",
    page="mri",
    title="Compressed-sensing MRI",
    source="Games, table 4",
    task=SCANS,
    columns=tuple(Column("MRI_BrainImages_test", rate) for rate in (20.0, 30.0, 40.0, 50.0)),
    rows=(
        Row("Zero-filling", (None,) * 4, models=("zero-filling",)),
        Row("TV", (35.20, 37.99, 40.00, 41.69)),
        Row("RecPF", (35.32, 38.06, 40.03, 41.71)),
        Row("SIDWT", (35.66, 38.72, 40.88, 42.67)),
        Row("PANO", (36.52, 39.13, 40.31, 41.81)),
        Row("BM3D-MRI", (37.98, 40.33, 41.99, 43.47)),
        Row("ADMM-net", (37.17, 39.84, 41.56, 43.00)),
        Row("ISTA-net", (38.73, 40.89, 42.52, 44.09)),
        Row("CS-TV", (36.80, 39.63, 41.58, 43.46), models=("mri-tv",)),
        Row("CS-Sparse coding", (37.80, 40.50, 42.46, 44.16), models=("mri-sc",)),
        Row(
            "CS-Sparse coding + Variance",
            (37.79, 40.67, 42.54, 44.17),
            models=("mri-sc-variance",),
        ),
    ),
    note=(
        "Rows of the paper were trained, a model per rate, on the brain slices of ADMM-Net, which "
        "are not to be had; here one file serves all rates and saw other heads (T1 and T2) and "
        "hearts, so differences tell of both. Test images and masks are the same."
    ),
)

TABLES = (GRAY, PATCHES, MRI)
