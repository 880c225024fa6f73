"""The moves of a Laplacian game fitted to its graphs: where its training had better begin.

With its graphs held fixed a Laplacian game (Games section 3.1) is linear: what it gives is a
polynomial of two graphs, that of the noisy image and that of the estimate, applied to the noisy
image. The products of all their powers with some training images are gathered once in Gram
matrices; after that the error of any moves costs next to nothing, and thousands of steps of Adam
find moves that training on crops does not come to in hours. The graphs are then taken anew with
the moves found, and all begins again.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from sparsight.bank import Bank
from sparsight.models import Unrolled
from sparsight.neighbours import ShiftGraph, ShiftSimilarity
from sparsight.penalties import LaplacianPrior, SmoothedPrior
from sparsight.protocols import Observation, State
from sparsight.solvers import LearnedStepSize, extragradient

RATE = 1e-2
# The estimate before the refresh must stay an image: the second graph is made of it.
MIDDLE = 0.1
# Strengths are pulls divided by step sizes, which therefore stay as far from 0.
LEAST = 0.1
SMOOTHING = 2.0


@dataclass(frozen=True)
class Moments:
    """What is left of images: |P z - x|^2 = squares - 2 pull z + z gram z for coefficients z.

    Args:
        gram: of each image, (i, c, c).
        pull: (i, c).
        squares: (i,).
        numbers: pixels of an image.
    """

    gram: Tensor
    pull: Tensor
    squares: Tensor
    numbers: int

    def psnr(self, z: Tensor) -> Tensor:
        """Mean over images, in dB, peak 1."""
        error = self.squares - 2 * self.pull @ z + (self.gram @ z) @ z
        return -10 * torch.log10(error / self.numbers).mean()


@dataclass(frozen=True)
class Fitted:
    """What a round of `fit_moves` brought: mean PSNR (dB) with the graphs of that round.

    Attributes:
        before: with the moves at its beginning.
        after: with those found.
    """

    before: float
    after: float


def fit_moves(
    model: Unrolled,
    images: Sequence[Float[Tensor, "1 c h w"]],
    sigma: float,
    rounds: int = 2,
    steps: int = 4000,
) -> list[Fitted]:
    """Gives a non-local Laplacian game the best moves for its graphs, in place.

    Args:
        model: `recipes.games.nllaplacian` of one noise level, refreshed once.
        images: clean training images of one size, in [0, 1] units.
        sigma: noise level in [0, 1] units.
        rounds: how often graphs are taken anew.
        steps: of Adam in each.

    Raises:
        ValueError: the game is no such Laplacian.
    """
    _learned(model)
    history = []
    for _ in range(rounds):
        moments = gather(model, images, sigma)
        before = moves_of(model)
        after = search(before, moments, steps)
        ends = (moments.psnr(m.polynomials()[1].flatten()).item() for m in (before, after))
        history.append(Fitted(*ends))
        give(model, after)
    return history


@dataclass(frozen=True)
class _Learned:
    """What such a game has learned for its moves, and the move before which it is refreshed."""

    strength: Bank
    smoothing: Bank
    stepsize: Bank
    turn: int


def _learned(model: Unrolled) -> _Learned:
    prior, graphs, eta = model.prior, model.neighbours, model.stepsize
    if (
        not isinstance(prior, SmoothedPrior)
        or not isinstance(prior.prior, LaplacianPrior)
        or not isinstance(prior.smoothing, Bank)
        or prior.prior.strength is None
        or not isinstance(graphs, ShiftSimilarity)
        or len(graphs.refresh) != 1
        or not isinstance(eta, LearnedStepSize)
    ):
        raise ValueError("moves are fitted to non-local Laplacian games that are refreshed once")
    if len(eta.sizes.levels) > 1:
        raise ValueError("moves are fitted to games of one noise level; give levels=1")
    return _Learned(prior.prior.strength, prior.smoothing, eta.sizes, graphs.refresh[0])


@torch.no_grad()
def gather(model: Unrolled, images: Sequence[Tensor], sigma: float) -> Moments:
    """Products of powers of the graphs and of the clean images."""
    first = _learned(model).turn
    second = model.depth - first
    gram, pull, squares = [], [], []
    level = torch.tensor([sigma])
    for place, x in enumerate(images):
        noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(place))
        data = model.fidelity.observe(x + sigma * noise)
        graphs = two_graphs(model, data, level)
        columns = []
        for z in powers(graphs[0], data.centred, first):
            columns += powers(graphs[1], z, second)
        table = torch.stack([c.flatten() for c in columns], 1).double()
        clean = x.flatten().double()
        gram.append(table.T @ table)
        pull.append(table.T @ clean)
        squares.append(clean @ clean)
    return Moments(torch.stack(gram), torch.stack(pull), torch.stack(squares), images[0].numel())


def two_graphs(model: Unrolled, data: Observation, sigma: Tensor) -> tuple[ShiftGraph, ShiftGraph]:
    """The graph of the noisy image and the one in force after the refresh."""
    graphs: list[ShiftGraph] = []
    turn = _learned(model).turn
    state = State(0, model.fidelity.start(data), data, model.fidelity, sigma)
    for k in range(turn + 1):
        state = model.prepare(state, k)
        if k in (0, turn) and isinstance(state.graph, ShiftGraph):
            # A refresh takes over the memory of the graph before it.
            graphs.append(replace(state.graph, weights=state.graph.weights.clone()))
        state = replace(state, z=model.advance(state), previous=state.z)
    return graphs[0], graphs[1]


def powers(graph: ShiftGraph, z: Tensor, degree: int) -> list[Tensor]:
    """z, W z, W^2 z, ..."""
    found = [z]
    for _ in range(degree):
        found.append(found[-1] - graph.pull(found[-1], 1.0, math.inf))
    return found


@dataclass(frozen=True)
class Moves:
    """A game's moves as they act on a linear game: z - eta (z - y) - pull (z - W z).

    Args:
        eta: step sizes.
        pull: step size times strength times the smoothed unit.
        turn: the move before which the graph is refreshed.
        ahead: whether even moves look ahead and odd ones start over.
    """

    eta: Tensor
    pull: Tensor
    turn: int
    ahead: bool

    def polynomials(self) -> tuple[Tensor, Tensor]:
        """Coefficients of the estimate before the refresh and at the end.

        Tables of (powers of the first graph, powers of the second).
        """
        depth = len(self.eta)
        y = torch.zeros(self.turn + 1, depth - self.turn + 1, dtype=torch.float64)
        y[0, 0] = 1
        z = base = middle = y
        for k in range(depth):
            if k == self.turn:
                middle = z
            if not self.ahead or k % 2 == 0:
                base = z
            raised = F.pad(z[:-1], (0, 0, 1, 0)) if k < self.turn else F.pad(z[:, :-1], (1, 0))
            z = base - self.eta[k] * (z - y) - self.pull[k] * (z - raised)
        return middle, z


@torch.no_grad()
def moves_of(model: Unrolled) -> Moves:
    """Those of a model."""
    learned = _learned(model)
    strength, smoothing, eta = (
        bank.values.flatten().double()
        for bank in (learned.strength, learned.smoothing, learned.stepsize)
    )
    pull = eta * strength * torch.sigmoid(smoothing)
    return Moves(eta, pull, learned.turn, model.step is extragradient)


@torch.no_grad()
def give(model: Unrolled, moves: Moves) -> None:
    """Writes moves into a model, all with the same smoothing."""
    learned = _learned(model)
    smoothing = torch.full_like(moves.eta, SMOOTHING)
    strength = moves.pull / moves.eta / torch.sigmoid(smoothing)
    banks = learned.strength, learned.smoothing, learned.stepsize
    for bank, values in zip(banks, (strength, smoothing, moves.eta), strict=True):
        bank.values.copy_(values.reshape_as(bank.values))


def search(start: Moves, moments: Moments, steps: int) -> Moves:
    """The best moves that Adam finds."""
    eta, pull = (p.clone().requires_grad_() for p in (start.eta, start.pull))
    adam = torch.optim.Adam([eta, pull], RATE, betas=(0.9, 0.99))
    fall = torch.optim.lr_scheduler.CosineAnnealingLR(adam, steps)
    best, kept = -math.inf, start
    for _ in range(steps):
        with torch.no_grad():
            eta.copy_(torch.where(eta.abs() < LEAST, torch.where(eta < 0, -LEAST, LEAST), eta))
        middle, end = replace(start, eta=eta, pull=pull).polynomials()
        quality = moments.psnr(end.flatten()) + MIDDLE * moments.psnr(middle.flatten())
        if quality.item() > best:
            best = quality.item()
            kept = replace(start, eta=eta.detach().clone(), pull=pull.detach().clone())
        adam.zero_grad()
        (-quality).backward()
        torch.nn.utils.clip_grad_norm_([eta, pull], 1.0)
        adam.step()
        fall.step()
    return kept
