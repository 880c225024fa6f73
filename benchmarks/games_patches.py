"""Rows of Games table A5: games of patches, each with its recipe, training and start."""

from collections.abc import Mapping

from games_rows import Row

# As deep as the models of the zoo that they start from, and short.
TWELVE = ("depth=12",)
THIN = (*TWELVE, "refresh=4", "thin=3", "window=32")
SPARSE = (
    "steps=140",
    "batch=4",
    "crop=48",
    "lr=3e-4",
    "lr_every=45",
    "lr_factor=0.4",
    "epsilon=1e-7",
    "average=0.95",
    "clip=8",
    "check_every=1000",
)
# Agreement begins weakly: from 0.1 on it harms codes that were trained without it.
WEAKLY = (*TWELVE, "variance=0.02")
AGREEING = (
    "steps=400",
    "batch=8",
    "crop=44",
    "lr=6e-4",
    "matrix_lr=0.001",
    "lr_first=160",
    "lr_every=30",
    "lr_factor=0.7",
    "evenness=0.5",
    "epsilon=1e-8",
    "average=0.97",
    "clip=8",
    "check_every=1000",
)
# Gradient steps have more to learn from the numbers of proximal ones.
SHARED = (*AGREEING, "steps=360", "lr=1e-3", "lr_first=150")
MORE_SHARED = (*AGREEING, "steps=150", "lr_first=60", "lr_every=15")
PATCH: Mapping[str, Row] = {
    "sc-barzilai": Row(
        "Sparse Coding + Barzilai-Borwein",
        "sc-barzilai-gray",
        TWELVE,
        (37.85, 31.46, 28.91, 25.84),
        SPARSE,
        "sc-gray",
    ),
    "sc-variance": Row(
        "Sparse Coding + Variance",
        "sc-variance-gray",
        WEAKLY,
        (37.83, 31.49, 29.0, 26.08),
        AGREEING,
        "sc-gray-25",
    ),
    "sc-tv": Row(
        "Sparse Coding + TV",
        "sc-tv-gray",
        TWELVE,
        (37.84, 31.5, 29.02, 26.1),
        AGREEING,
        "sc-gray-25",
    ),
    "sc-tv-variance": Row(
        "Sparse Coding + TV + Variance",
        "sc-tv-variance-gray",
        WEAKLY,
        (37.84, 31.51, 29.03, 26.09),
        AGREEING,
        "sc-gray-25",
    ),
    "sc-all": Row(
        "Sparse Coding + TV + Variance + Barzilai-Borwein",
        "sc-all-gray",
        WEAKLY,
        (37.86, 31.52, 29.04, 26.04),
        AGREEING,
        "sc-gray-25",
    ),
    "group-symmetric": Row(
        "Non-local group symmetric",
        "group-symmetric-gray",
        THIN,
        (37.94, 31.67, 29.17, 26.16),
        SHARED,
        "groupsc-gray-25",
    ),
    "group": Row(
        "Non-local group asymmetric",
        "group-gray",
        THIN,
        (37.95, 31.69, 29.2, 26.19),
        SHARED,
        "groupsc-gray-25",
    ),
    "group-tv": Row(
        "Non-local group asymmetric + TV",
        "group-tv-gray",
        THIN,
        (37.96, 31.71, 29.22, 26.26),
        MORE_SHARED,
        "group",
    ),
    "group-variance": Row(
        "Non-local group asymmetric + Variance",
        "group-variance-gray",
        THIN,
        (37.96, 31.7, 29.23, 26.28),
        MORE_SHARED,
        "group",
    ),
    "group-tv-variance": Row(
        "Non-local group asymmetric + TV + Variance",
        "group-tv-variance-gray",
        THIN,
        (37.95, 31.71, 29.24, 26.3),
        MORE_SHARED,
        "group",
    ),
    "groupsc-variance": Row(
        "GroupSC + Variance",
        "groupsc-variance-gray",
        THIN,
        (37.96, 31.75, 29.24, 26.34),
        MORE_SHARED,
        "groupsc-gray-25",
    ),
}
