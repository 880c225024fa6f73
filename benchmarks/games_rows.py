"""Rows of Games table A4, games of pixels: what the paper has, and how each is trained here."""

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
        fitted: whether moves are fitted by least squares before (`sparsight.training.moves`).
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
# What rows begin from, in no table.
BEFORE: dict[str, Row] = {
    f"{name}-{stage}": replace(PIXEL[name], numbers=(*PIXEL[name].numbers, radius), **rest)
    for name in ("nllaplacian", "nltv")
    for stage, radius, rest in (
        ("near", "radius=5", {"training": NEAR, "start": None}),
        ("wide", "radius=12", {"training": WIDE, "start": f"{name}-near"}),
    )
}
BEFORE["nltv-extra-kappas-last"] = replace(
    PIXEL["nltv-extra-kappas"], numbers=("kappas=2", "moves=2"), training=LAST, start="nltv-kappas"
)
