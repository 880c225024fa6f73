"""The recipes by name, and how `key=value` pairs change their numbers."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from torch import nn

from sparsight.data import Gaps, Holes, any_mosaic
from sparsight.recipes.alr import CriticSchedule, DistanceSchedule, alr, squared
from sparsight.recipes.blorc import blorc, blorc_convolved
from sparsight.recipes.games import laplacian, nllaplacian, nltv, tv
from sparsight.recipes.groupsc import csr, groupsc, sc
from sparsight.recipes.jpeg import csr_jpeg, groupsc_jpeg, sc_jpeg
from sparsight.recipes.mri import cssc, cssc_variance, cstv
from sparsight.recipes.nsr import NSR, enhance, upscale
from sparsight.recipes.numbers import read_number
from sparsight.recipes.patch_games import (
    asymmetric_group,
    groupsc_game,
    sc_game,
    symmetric_group,
)
from sparsight.recipes.schedule import Schedule
from sparsight.recipes.signals import SIGNAL_RECIPES
from sparsight.recipes.tiny import tiny_cnn


@dataclass(frozen=True)
class Recipe:
    """How to build a model and how to train it.

    Args:
        build: makes the model from plain numbers.
        numbers: those that differ from the defaults of `build`.
        schedule: of the training.
        gaps: which samples of an image are observed; None for all.
    """

    build: Callable[..., nn.Module]
    numbers: Mapping[str, Any] = field(default_factory=dict)
    schedule: Schedule | CriticSchedule | DistanceSchedule = Schedule()
    gaps: Gaps | None = None

    def arguments(self) -> dict[str, Any]:
        """Every number that `build` takes, with its value in force."""
        defaults = {n: p.default for n, p in inspect.signature(self.build).parameters.items()}
        return {**defaults, **self.numbers}

    def model(self) -> Any:
        """An untrained model."""
        return self.build(**self.arguments())


COLOUR = {"channels": 3, "patch": 7, "window": 50}
# Pixel games learn fast: few parameters, each seen at every pixel.
GAME = Schedule(
    steps=1500,
    batch=12,
    together=6,
    crop=64,
    lr=3e-2,
    lr_factor=0.4,
    lr_every=300,
    epsilon=1e-8,
    average=0.98,
    clip=1.0,
    check_every=200,
    check_drop=1.0,
)
SCANS = replace(GAME, steps=500, batch=4, together=1, lr=4e-2, lr_factor=0.5, lr_every=100)
# Few steps for so many numbers: Muon, and a balance that evens out the decibels of the rates.
SPARSE_SCANS = replace(
    SCANS,
    steps=2000,
    lr=5e-4,
    lr_every=400,
    matrix_lr=5e-3,
    balance=-1.6,
    whiten=1e-3,
    threshold=0.15,
    check_every=100,
)
# An exact solve per patch: small crops, few of them.
ANALYSIS = replace(SCANS, steps=400, batch=6, crop=24, lr=1e-3, check_every=100)
CONVOLVED = replace(
    GAME, steps=1000, batch=8, together=4, lr=5e-3, lr_factor=0.5, lr_every=250, balance=1.2
)
# Nothing hides the samples of a mosaic: thresholds begin as for hardly any noise, and patches are
# alike that differ by little.
FAINT = {"sigma_low": 0.1, "sigma_high": 0.1}
GAPPY = {"channels": 3, "patch": 7, **FAINT}
SIMILAR_GAPPY = {**COLOUR, **FAINT, "alike": 8.0}
MOSAIC = {**SIMILAR_GAPPY, "mosaic": 3, "refresh": 8}
NOISELESS = Schedule(sigma_low=0.0, sigma_high=0.0)
# Lost pixels of photographs; few more than two in three can be told from those beside them.
SMALL_HOLES = Holes(0.1, 0.7)
QUALITIES = Schedule(quality_low=10, quality_high=40, quality_step=10)
RECIPES: dict[str, Recipe] = {
    "sc-gray": Recipe(sc),
    "csr-gray": Recipe(csr),
    "groupsc-gray": Recipe(groupsc),
    "groupsc-gray-variance": Recipe(groupsc, {"agree": 3}),
    "sc-color": Recipe(sc, {"channels": 3, "patch": 7}),
    "csr-color": Recipe(csr, COLOUR),
    "groupsc-color": Recipe(groupsc, COLOUR),
    "sc-demosaick": Recipe(sc, GAPPY, NOISELESS, any_mosaic),
    "csr-demosaick": Recipe(csr, MOSAIC, NOISELESS, any_mosaic),
    "groupsc-demosaick": Recipe(groupsc, MOSAIC, NOISELESS, any_mosaic),
    "sc-inpaint": Recipe(sc, GAPPY, NOISELESS, SMALL_HOLES),
    "csr-inpaint": Recipe(csr, SIMILAR_GAPPY, NOISELESS, SMALL_HOLES),
    "groupsc-inpaint": Recipe(groupsc, SIMILAR_GAPPY, NOISELESS, SMALL_HOLES),
    "sc-jpeg": Recipe(sc_jpeg, schedule=QUALITIES),
    "csr-jpeg": Recipe(csr_jpeg, schedule=QUALITIES),
    "groupsc-jpeg": Recipe(groupsc_jpeg, schedule=QUALITIES),
    "tv-gray": Recipe(tv, schedule=GAME),
    "laplacian-gray": Recipe(laplacian, schedule=GAME),
    "nltv-gray": Recipe(nltv, schedule=GAME),
    "nllaplacian-gray": Recipe(nllaplacian, schedule=GAME),
    "alr": Recipe(alr, schedule=CriticSchedule()),
    "alr-color": Recipe(alr, schedule=CriticSchedule()),
    "alr-gray": Recipe(alr, {"channels": 1}, CriticSchedule()),
    "alr-squared-color": Recipe(squared, schedule=DistanceSchedule()),
    "alr-squared-gray": Recipe(squared, {"channels": 1}, DistanceSchedule()),
    "mri-tv": Recipe(cstv, schedule=SCANS),
    "mri-sc": Recipe(cssc, schedule=SPARSE_SCANS),
    "mri-sc-variance": Recipe(cssc_variance, schedule=SPARSE_SCANS),
    "blorc-gray": Recipe(blorc, schedule=ANALYSIS),
    "blorc-conv-gray": Recipe(blorc_convolved, schedule=CONVOLVED),
    "sc-tv-gray": Recipe(sc_game, {"variation": 0.01}),
    "sc-variance-gray": Recipe(sc_game, {"variance": 0.1}),
    "sc-tv-variance-gray": Recipe(sc_game, {"variation": 0.01, "variance": 0.1}),
    "sc-barzilai-gray": Recipe(sc_game, {"most": 4.0}),
    "sc-all-gray": Recipe(sc_game, {"variation": 0.01, "variance": 0.1, "most": 4.0}),
    "group-symmetric-gray": Recipe(symmetric_group),
    "group-gray": Recipe(asymmetric_group),
    "group-tv-gray": Recipe(asymmetric_group, {"variation": 0.01}),
    "group-variance-gray": Recipe(asymmetric_group, {"variance": 0.02}),
    "group-tv-variance-gray": Recipe(asymmetric_group, {"variation": 0.01, "variance": 0.02}),
    "groupsc-variance-gray": Recipe(groupsc_game),
    "tiny-cnn-gray": Recipe(tiny_cnn, schedule=replace(GAME, lr=1e-2)),
    "nsr-upscale-x2": Recipe(upscale, {"scale": 2}, NSR),
    "nsr-upscale-x3": Recipe(upscale, {"scale": 3}, NSR),
    "nsr-upscale-x4": Recipe(upscale, {"scale": 4}, NSR),
    "nsr-denoise-gray": Recipe(enhance, schedule=replace(NSR, crop=48)),
    "nsr-denoise-color": Recipe(enhance, {"channels": 3}, replace(NSR, crop=48)),
    "nsr-deblock": Recipe(enhance, schedule=replace(NSR, crop=48, quality_low=10, quality_high=40)),
}


# Switches among the whole numbers of models; 0 is off.
SWITCHES = ("last_bias", "own", "agree")


def bind(name: str, pairs: Sequence[str] = (), of: Recipe | None = None) -> Recipe:
    """The recipe of this name with some numbers changed.

    Args:
        name: one of RECIPES.
        pairs: "key=value"; a key of the model, of the schedule, or of both.
        of: what they are changed of: the recipe as it was run before; the usual one by default.

    Raises:
        ValueError: no such recipe or key (the valid ones are listed), not a number, or none that
            a model can have.
    """
    if name not in RECIPES:
        raise ValueError(f"no recipe is called {name}; there are {', '.join(RECIPES)}")
    recipe = of or RECIPES[name]
    arguments: dict[str, Any] = recipe.arguments()
    schedule: dict[str, Any] = asdict(recipe.schedule)
    known = {**schedule, **arguments}
    for pair in pairs:
        key, separator, text = pair.partition("=")
        if not separator or key not in known:
            raise ValueError(f"{pair} is not key=value with a key of {', '.join(sorted(known))}")
        value = read_number(key, text, type(known[key]))
        if key in arguments and key not in SWITCHES and isinstance(value, int) and value < 1:
            raise ValueError(f"{key} is {value}; it must be at least 1")
        arguments = {k: value if k == key else v for k, v in arguments.items()}
        schedule = {k: value if k == key else v for k, v in schedule.items()}
    return replace(recipe, numbers=arguments, schedule=type(recipe.schedule)(**schedule))


def from_record(record: Mapping[str, Any]) -> Recipe:
    """The recipe that a checkpoint was made by, from its name and arguments.

    Raises:
        ValueError: the record names no recipe of this version.
    """
    name, arguments = record.get("recipe"), record.get("arguments", {})
    if name in SIGNAL_RECIPES:
        raise ValueError(f"{name} is a recipe of signals; use `sparsight denoise1d`")
    if name not in RECIPES:
        raise ValueError(f"the weights were made by recipe {name}, which is unknown here")
    strange = sorted(set(arguments) - set(RECIPES[name].arguments()))
    if strange:
        raise ValueError(
            f"the weights were made by recipe {name} with {', '.join(strange)}, which it has not "
            "here; they need another version of sparsight"
        )
    usual = RECIPES[name].schedule
    known = {f.name for f in fields(usual)}
    schedule = {k: v for k, v in record.get("schedule", {}).items() if k in known}
    return replace(RECIPES[name], numbers=dict(arguments), schedule=replace(usual, **schedule))
