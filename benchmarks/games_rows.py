"""The rows of Games table A4 and A5: what the paper has, and how each is trained here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

SIGMAS = (5, 15, 25, 50)


@dataclass(frozen=True)
class Row:
    """One line of the paper's tables.

    Args:
        title: as in the paper.
        recipe: which makes it.
        numbers: of the recipe, apart from the noise level.
        paper: PSNR on BSD68 at SIGMAS.
        training: numbers of the schedule.
        start: the row, or the model of the zoo, whose weights training begins with.
        sigmas: at which it is trained, one model each, the first before the others.
        later: numbers of the schedule that differ for those others.
        fitted: whether moves are fitted by least squares before the training (`games_moves`).
    """

    title: str
    recipe: str
    numbers: tuple[str, ...]
    paper: tuple[float, float, float, float]
    training: tuple[str, ...] = ()
    start: str | None = None
    sigmas: tuple[int, ...] = (25,)
    later: tuple[str, ...] = ()
    fitted: bool = False


# Similar places of a disc of 5 pixels first, then of 12; last crops so large that few pixels lack a
# part of their disc. The Laplacian's moves are fitted, and then only touched up.
NEAR = ("steps=2000", "lr_every=350", "batch=8", "together=8")
WIDE = ("steps=400", "crop=80", "lr_every=70", "lr=1.5e-2", "batch=4", "together=4")
LAST = ("steps=100", "crop=160", "lr_every=18", "lr=8e-3", "batch=2", "together=2")
TOUCH = ("steps=600", "crop=80", "lr_every=120", "lr=1.5e-3", "batch=4", "together=4")
# The place itself becomes a candidate.
OWN = ("steps=200", "crop=80", "lr_every=40", "lr=8e-3", "batch=4", "together=4")
TOUCH_AHEAD = ("steps=300", "lr_every=60", *TOUCH[1:2], *TOUCH[3:])

PIXEL: Mapping[str, Row] = {
    "tv-extra": Row(
        "TV asymmetric, extra-gradient",
        "tv-gray",
        ("weights=8", "moves=2"),
        (37.30, 30.76, 28.24, 25.32),
        ("steps=1500", "lr_every=300"),
        sigmas=(25, 5),
        later=("steps=1400", "lr_every=230", "lr=2e-2"),
    ),
    "tv": Row(
        "TV asymmetric",
        "tv-gray",
        ("weights=8", "moves=1"),
        (36.83, 30.49, 27.99, 24.93),
        ("steps=1000", "lr_every=200"),
    ),
    "tv-symmetric": Row(
        "TV symmetric",
        "tv-gray",
        ("weights=1", "moves=1"),
        (36.08, 30.21, 27.58, 24.74),
        ("steps=600", "lr_every=120"),
    ),
    "tv-symmetric-extra": Row(
        "TV symmetric, extra-gradient",
        "tv-gray",
        ("weights=1", "moves=2"),
        (37.02, 30.33, 27.82, 24.81),
        ("steps=600", "lr_every=120"),
    ),
    "laplacian-symmetric": Row(
        "Laplacian symmetric",
        "laplacian-gray",
        ("weights=1", "moves=1"),
        (34.88, 28.14, 25.90, 23.45),
        ("steps=300", "lr_every=60"),
    ),
    "laplacian-symmetric-extra": Row(
        "Laplacian symmetric, extra-gradient",
        "laplacian-gray",
        ("weights=1", "moves=2"),
        (33.87, 28.14, 25.91, 23.45),
        ("steps=300", "lr_every=60"),
    ),
    "laplacian": Row(
        "Laplacian asymmetric",
        "laplacian-gray",
        ("weights=8", "moves=1"),
        (35.20, 28.48, 26.17, 23.78),
        ("steps=300", "lr_every=60"),
    ),
    "laplacian-extra": Row(
        "Laplacian asymmetric, extra-gradient",
        "laplacian-gray",
        ("weights=8", "moves=2"),
        (35.20, 28.46, 26.39, 23.77),
        ("steps=300", "lr_every=60"),
    ),
    "tiny-326": Row(
        "Tiny CNN, 326 parameters",
        "tiny-cnn-gray",
        (),
        (35.17, 29.42, 26.90, 24.06),
        ("steps=2000", "lr_every=400"),
    ),
    "tiny-1200": Row(
        "Tiny CNN, 1,200 parameters",
        "tiny-cnn-gray",
        ("first=10", "second=11", "last_bias=0"),
        (36.47, 30.36, 27.70, 24.60),
        ("steps=2000", "lr_every=400"),
    ),
    "nllaplacian": Row(
        "Non-local Laplacian",
        "nllaplacian-gray",
        ("kappas=1", "moves=1"),
        (37.31, 30.75, 28.33, 25.15),
        TOUCH,
        start="nllaplacian-wide",
        fitted=True,
    ),
    "nllaplacian-kappas": Row(
        "Non-local Laplacian, several kappa",
        "nllaplacian-gray",
        ("kappas=2", "moves=1"),
        (37.53, 31.01, 28.37, 25.47),
        TOUCH,
        start="nllaplacian",
        fitted=True,
    ),
    "nllaplacian-extra": Row(
        "Non-local Laplacian, extra-gradient",
        "nllaplacian-gray",
        ("kappas=1", "moves=2"),
        (37.51, 30.99, 28.34, 25.13),
        TOUCH_AHEAD,
        start="nllaplacian",
        fitted=True,
    ),
    "nllaplacian-extra-kappas": Row(
        "Non-local Laplacian, extra-gradient, several kappa",
        "nllaplacian-gray",
        ("kappas=2", "moves=2"),
        (37.54, 31.0, 28.47, 25.46),
        TOUCH_AHEAD,
        start="nllaplacian-kappas",
        fitted=True,
    ),
    "nltv": Row(
        "Non-local TV",
        "nltv-gray",
        ("kappas=1", "moves=1"),
        (37.25, 30.86, 28.28, 25.42),
        LAST,
        start="nltv-wide",
    ),
    "nltv-kappas": Row(
        "Non-local TV, several kappa",
        "nltv-gray",
        ("kappas=2", "moves=1"),
        (37.12, 31.01, 28.37, 25.24),
        LAST,
        start="nltv",
    ),
    "nltv-extra": Row(
        "Non-local TV, extra-gradient",
        "nltv-gray",
        ("kappas=1", "moves=2"),
        (37.83, 30.98, 28.34, 25.31),
        LAST,
        start="nltv",
    ),
    "nltv-extra-kappas": Row(
        "Non-local TV, extra-gradient, several kappa",
        "nltv-gray",
        ("kappas=2", "moves=2", "own=1"),
        (37.53, 31.03, 28.5, 25.26),
        OWN,
        start="nltv-extra-kappas-last",
    ),
}

# As deep as the models of the zoo that they start from, and short.
TWELVE = ("depth=12",)
THIN = (*TWELVE, "refresh=4", "thin=9", "window=32")
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
SHARED = (
    "steps=260",
    "batch=4",
    "crop=48",
    "lr=1e-3",
    "lr_every=65",
    "lr_factor=0.5",
    "epsilon=1e-8",
    "average=0.97",
    "clip=8",
    "check_every=1000",
)
MORE_SHARED = (*SHARED, "steps=100", "lr=4e-4", "lr_every=30", "average=0.95")
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
        TWELVE,
        (37.83, 31.49, 29.0, 26.08),
        SPARSE,
        "sc-gray",
    ),
    "sc-tv": Row(
        "Sparse Coding + TV", "sc-tv-gray", TWELVE, (37.84, 31.5, 29.02, 26.1), SPARSE, "sc-gray"
    ),
    "sc-tv-variance": Row(
        "Sparse Coding + TV + Variance",
        "sc-tv-variance-gray",
        TWELVE,
        (37.84, 31.51, 29.03, 26.09),
        SPARSE,
        "sc-gray",
    ),
    "sc-all": Row(
        "Sparse Coding + TV + Variance + Barzilai-Borwein",
        "sc-all-gray",
        TWELVE,
        (37.86, 31.52, 29.04, 26.04),
        SPARSE,
        "sc-gray",
    ),
    "group-symmetric": Row(
        "Non-local group symmetric",
        "group-symmetric-gray",
        THIN,
        (37.94, 31.67, 29.17, 26.16),
        SHARED,
        "groupsc-gray",
    ),
    "group": Row(
        "Non-local group asymmetric",
        "group-gray",
        THIN,
        (37.95, 31.69, 29.2, 26.19),
        SHARED,
        "groupsc-gray",
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
        SPARSE,
        "groupsc-gray",
    ),
}
ROWS: Mapping[str, Row] = {**PIXEL, **PATCH}
# What rows begin from, in no table.
BEFORE: dict[str, Row] = {
    f"{name}-{stage}": replace(ROWS[name], numbers=(*ROWS[name].numbers, radius), **rest)
    for name in ("nllaplacian", "nltv")
    for stage, radius, rest in (
        ("near", "radius=5", {"training": NEAR, "start": None}),
        ("wide", "radius=12", {"training": WIDE, "start": f"{name}-near"}),
    )
}
BEFORE["nltv-extra-kappas-last"] = replace(
    ROWS["nltv-extra-kappas"], numbers=("kappas=2", "moves=2"), training=LAST, start="nltv-kappas"
)
