"""Supervised training of an analysis operator on pairs of signals (BLORC algorithm 4.1).

Denoise a batch, compare with the clean signals, step: the layer brings its own gradient. Signals
are solved from scratch each time: W moves so far in an epoch that mending the last epoch's sign
pattern takes longer than fifty steps of ADMM.
"""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from sparsight.data.signals import add_noise_to_signals, piecewise_constant
from sparsight.models import AnalysisDenoiser
from sparsight.ops.speed import tune_process
from sparsight.recipes.signals import SignalRecipe
from sparsight.zoo.signals import save_signal_model

UNIT_NOISE = 0.1


@dataclass(frozen=True)
class Pairs:
    """Signals and what they look like with noise.

    Args:
        clean: one signal per row.
        noisy: likewise.
    """

    clean: Float[Tensor, "t n"]
    noisy: Float[Tensor, "t n"]

    @property
    def sigma(self) -> float:
        """The noise level that the pairs show."""
        return (self.noisy - self.clean).square().mean().sqrt().item()

    def scaled(self, factor: float) -> "Pairs":
        """Both in other units."""
        return Pairs(factor * self.clean, factor * self.noisy)


@dataclass(frozen=True)
class Epoch:
    """Mean squared errors per sample after an epoch; None without validation pairs."""

    training: float
    validation: float | None


def generated_pairs(
    count: int, sigma: float, seed: int, length: int = 64, grounded: bool = True
) -> Pairs:
    """Piecewise-constant signals of peak 1, and the same with noise.

    Args:
        count: of signals.
        sigma: of the noise.
        seed: of all draws.
        length: samples of a signal.
        grounded: whether signals begin and end at 0.
    """
    generator = torch.Generator().manual_seed(seed)
    clean = piecewise_constant(count, generator, length, grounded=grounded)
    return Pairs(clean, add_noise_to_signals(clean, sigma, generator))


def fit_signals(
    model: AnalysisDenoiser,
    pairs: Pairs,
    recipe: SignalRecipe,
    validation: Pairs | None = None,
    progress: Callable[[Epoch], None] = lambda epoch: None,
) -> list[Epoch]:
    """Trains a model on pairs.

    Units are changed so that the noise is 0.1, and changed back in W: x*(c y; c W) = c x*(y; W).

    Args:
        model: W is a tenth of the identity, or what a former training left in the units of the
            pairs over ten times their noise.
        pairs: to learn from.
        recipe: with its numbers.
        validation: looked at after each epoch.
        progress: told of every epoch.

    Returns:
        What was measured, an `Epoch` each, in the units of the pairs.
    """
    # Pairs without noise stay as they are.
    unit = UNIT_NOISE / pairs.sigma if pairs.sigma > 0 else 1.0
    pairs = pairs.scaled(unit)
    schedule, history = recipe.schedule, []
    optimiser = recipe.optimiser(list(model.parameters()), lr=schedule.lr)
    batches = -(-len(pairs.clean) // schedule.batch)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, schedule.epochs * batches)
    generator = torch.Generator().manual_seed(schedule.seed)
    for _ in range(schedule.epochs):
        error = 0.0
        order = torch.randperm(len(pairs.clean), generator=generator)
        for some in order.split(schedule.batch):
            y, clean = pairs.noisy[some], pairs.clean[some]
            loss = (model(y) - clean).square().sum(1).mean() / 2
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            falling.step()
            error += 2 * loss.item() * len(some) / pairs.clean.numel()
        held = None if validation is None else mean_error(model, validation.scaled(unit))
        history.append(Epoch(error / unit**2, None if held is None else held / unit**2))
        progress(history[-1])
    with torch.no_grad():
        model.analysis.div_(unit)
    return history


def mean_error(model: AnalysisDenoiser, pairs: Pairs) -> float:
    """Mean squared error per sample."""
    with torch.no_grad():
        return (model(pairs.noisy) - pairs.clean).square().mean().item()


def train_signals(name: str, recipe: SignalRecipe, pairs: Pairs | None, out: Path) -> Path:
    """Trains a recipe and writes weights and the curve of its errors.

    Args:
        name: of the recipe.
        recipe: with its numbers.
        pairs: a tenth of them is held out to watch; None for generated ones.
        out: folder of the run; made if need be.

    Returns:
        The weights file.

    Raises:
        ValueError: fewer than two pairs.
    """
    tune_process()
    s, own = recipe.schedule, pairs is not None
    if pairs is None:
        # Windows of a user's signal begin and end anywhere.
        pairs = generated_pairs(s.pairs, s.sigma, s.seed, recipe.numbers["length"], grounded=False)
    if len(pairs.clean) < 2:
        raise ValueError("there is one pair; give at least two, of which one is held out")
    recipe = replace(recipe, numbers={**recipe.numbers, "length": pairs.clean.shape[1]})
    held = -(-len(pairs.clean) // 10)
    watched = Pairs(pairs.clean[:held], pairs.noisy[:held])
    learned = Pairs(pairs.clean[held:], pairs.noisy[held:])
    out.mkdir(parents=True, exist_ok=True)
    model, start = recipe.model(), time.monotonic()
    history = fit_signals(model, learned, recipe, watched)
    curve = [asdict(epoch) for epoch in history]
    (out / "curve.json").write_text(json.dumps(curve, indent=1) + "\n")
    record = {
        "recipe": name,
        "arguments": dict(recipe.numbers),
        "schedule": asdict(s),
        "data": "own pairs" if own else "generated piecewise-constant signals",
        "pairs": len(learned.clean),
        "sigma": learned.sigma,
        "seconds": round(time.monotonic() - start),
        "validation_error": history[-1].validation,
        "noisy_error": watched.sigma**2,
    }
    return save_signal_model(model, record, out / "weights.safetensors")
