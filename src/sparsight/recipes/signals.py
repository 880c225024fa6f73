"""Recipes for signals: a model of a fixed length and its training on pairs (BLORC section 5.1)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import torch

from sparsight.models import AnalysisDenoiser
from sparsight.recipes.numbers import read_number


@dataclass(frozen=True)
class SignalSchedule:
    """How a signal model is trained.

    Args:
        epochs: times that every pair is seen.
        batch: pairs per step.
        lr: rate at the start of training, in units in which the noise is 0.1; it falls to 0
            along a half cosine.
        seed: of all draws.
        pairs: how many are generated where none are given.
        sigma: noise level of generated pairs, whose peak is 1.
    """

    epochs: int = 50
    batch: int = 50
    lr: float = 5e-3
    seed: int = 0
    pairs: int = 4000
    sigma: float = 0.1

    def __post_init__(self):
        """Refuses numbers that cannot be meant."""
        for name in ("epochs", "batch", "lr", "pairs"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be above 0")
        if self.sigma < 0:
            raise ValueError(f"sigma is {self.sigma}; it must not be below 0")


@dataclass(frozen=True)
class SignalRecipe:
    """How to build a model of signals and how to train it.

    Args:
        build: makes the model from plain numbers.
        optimiser: makes the optimiser from parameters and a rate.
        schedule: of the training.
        numbers: of `build`.
    """

    build: Callable[..., AnalysisDenoiser]
    optimiser: Callable[..., torch.optim.Optimizer]
    schedule: SignalSchedule = SignalSchedule()
    numbers: Mapping[str, Any] = field(default_factory=lambda: {"length": 64, "gamma": 0.0})

    def model(self) -> AnalysisDenoiser:
        """An untrained model."""
        return self.build(**self.numbers)


def analysis_1d(length: int = 64, gamma: float = 0.0) -> AnalysisDenoiser:
    """As many rows as samples, W a tenth of the identity, in double precision.

    Args:
        length: of the signals, n.
        gamma: threshold of the signs, algorithm 4.1; 0 for the exact ones.
    """
    return AnalysisDenoiser(0.1 * torch.eye(length, dtype=torch.float64), gamma)


def muon(parameters: Sequence[torch.nn.Parameter], lr: float) -> torch.optim.Optimizer:
    """Steps along the nearest orthogonal matrix: W's small singular values learn as fast."""
    return torch.optim.Muon(list(parameters), lr, weight_decay=0.0, momentum=0.9)


SIGNAL_RECIPES: dict[str, SignalRecipe] = {
    "blorc-1d": SignalRecipe(analysis_1d, muon),
    "blorc-1d-adam": SignalRecipe(analysis_1d, torch.optim.Adam, SignalSchedule(lr=1e-3)),
    # Plain steps, batches, epochs and gamma of algorithm 4.1; rate and start are not the paper's.
    "blorc-1d-sgd": SignalRecipe(
        analysis_1d,
        torch.optim.SGD,
        SignalSchedule(epochs=750, batch=100, lr=1e-2),
        {"length": 64, "gamma": 1e-3},
    ),
}


def bind_signals(name: str, pairs: Sequence[str] = ()) -> SignalRecipe:
    """The recipe of this name with some numbers changed.

    Args:
        name: one of SIGNAL_RECIPES.
        pairs: "key=value".

    Raises:
        ValueError: no such recipe or key (the valid ones are listed), not a number, or none that
            a model can have.
    """
    if name not in SIGNAL_RECIPES:
        raise ValueError(f"no recipe is called {name}; there are {', '.join(SIGNAL_RECIPES)}")
    recipe = SIGNAL_RECIPES[name]
    numbers, schedule = dict(recipe.numbers), asdict(recipe.schedule)
    for pair in pairs:
        key, separator, text = pair.partition("=")
        owner = next((some for some in (numbers, schedule) if key in some), None)
        if not separator or owner is None:
            known = ", ".join(sorted({**numbers, **schedule}))
            raise ValueError(f"{pair} is not key=value with a key of {known}")
        owner[key] = read_number(key, text, type(owner[key]))
    if numbers["length"] < 2:
        raise ValueError(f"length is {numbers['length']}; it must be at least 2")
    if numbers["gamma"] < 0:
        raise ValueError(f"gamma is {numbers['gamma']}; it must not be below 0")
    return replace(recipe, numbers=numbers, schedule=SignalSchedule(**schedule))
