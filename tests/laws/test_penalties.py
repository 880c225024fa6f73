"""The laws of every penalty, and what the papers say of each. A new penalty is a new row."""

from dataclasses import dataclass

import pytest
import torch
from tests.laws.penalty_laws import LAWS, Row, codes

from sparsight.bank import Bank
from sparsight.fidelities import PatchFidelity, PixelFidelity
from sparsight.models import Unrolled
from sparsight.neighbours import DenseGraph, Lattice
from sparsight.ops import centralized_shrink, soft_threshold
from sparsight.penalties import (
    AnalysisPenalty,
    CentralizedPenalty,
    Composite,
    ConvolvedAnalysisPenalty,
    GroupPenalty,
    L1Penalty,
    L1Prior,
    VariancePenalty,
)
from sparsight.protocols import Observation, SmoothPenalty, State
from sparsight.recipes.groupsc import csr, groupsc, sc
from sparsight.solvers import forward_backward, proximal


def double(*numbers) -> torch.Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


def clusters(labels: list[int]) -> DenseGraph:
    """Weight 1 inside a cluster, 0 between clusters."""
    label = torch.tensor(labels)
    return DenseGraph((label[:, None] == label).double().expand(2, -1, -1))


WEIGHTS = double(0.4, 0.8)
PER_IMAGE = double([0.4, 0.8], [0.2, 0.0])
HARD = clusters([0, 1, 0, 0])
VARIANCE = VariancePenalty(double([[0.7]], [[1.3]]), codes(5)[0, :, :3].T, codes(6, atoms=3))
ANALYSIS = double([0.4, -0.3], [0.1, 0.5], [0.2, 0.2])
STRENGTH = double([[0.5]], [[1.5]])
PIXELS = codes(0).flatten(1)[:, None, :6]
FILTERS = double([[0.5, -0.5], [0.2, 0.1]], [[0.3, 0.3], [-0.4, -0.2]])[:, None]
CONVOLVED = ConvolvedAnalysisPenalty(FILTERS, double([0.4], [0.8])[None, ..., None], (2, 3), 1e-9)

ROWS = [
    Row("l1", L1Penalty(WEIGHTS), codes(0)),
    Row("l1, weights per image", L1Penalty(PER_IMAGE), codes(0)),
    Row("group, hard clusters", GroupPenalty(WEIGHTS, HARD), codes(0)),
    Row("group, weights per image", GroupPenalty(PER_IMAGE, HARD), codes(0)),
    Row("centralized", CentralizedPenalty(WEIGHTS, codes(3), double(0.5, 1.2)), codes(0)),
    Row("centralized, at its centre", CentralizedPenalty(WEIGHTS, codes(0), WEIGHTS), codes(0)),
    Row("centralized, centre 0", CentralizedPenalty(WEIGHTS, 0 * codes(0), WEIGHTS), codes(0)),
    Row("variance", VARIANCE, codes(0)),
    Row("analysis", AnalysisPenalty(ANALYSIS), codes(0)),
    Row("analysis, strength per image", AnalysisPenalty(ANALYSIS, STRENGTH), codes(0)),
    Row("analysis, convolved", CONVOLVED, PIXELS),
]


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_law(row, law):
    law(row)


@dataclass(frozen=True)
class Mistaken:
    """A penalty whose prox and gradient are a thousandth too great."""

    def value(self, z):
        return VARIANCE.value(z)

    def prox(self, z, t):
        return 1.001 * VARIANCE.prox(z, t)

    def gradient(self, z):
        return 1.001 * VARIANCE.gradient(z)


@dataclass(frozen=True)
class Expanding:
    """A penalty whose prox moves codes apart."""

    def prox(self, z, t):
        return 1.001 * z


NOTICES = {"prox_is_firmly_nonexpansive": Expanding()}


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_law_notices_a_mistake_of_one_thousandth(law):
    with pytest.raises(AssertionError):
        law(Row("mistaken", NOTICES.get(law.__name__, Mistaken()), codes(0)))


# What the papers say.


def test_proposition_1_on_a_grid():
    """Appendix A, for every sign of beta and every piece of the curve."""
    u = torch.linspace(-4, 4, 16_001, dtype=torch.float64)
    z = torch.linspace(-3, 3, 61, dtype=torch.float64)
    for beta in (-1.3, -0.2, 0.0, 0.2, 1.3):
        for t, gamma in ((0.4, 0.5), (0.4, 1.0), (0.7, 2.0), (0.5, 0.0), (0.0, 1.0)):
            psi = t * u.abs() + t * gamma * (u - beta).abs()
            lowest = u[((z[:, None] - u) ** 2 / 2 + psi).argmin(1)]
            prox = centralized_shrink(z, torch.full_like(z, beta), double(t), gamma)
            assert (prox - lowest).abs().max() < 3e-4, (beta, t, gamma)


def test_centralized_at_centre_0_is_soft_thresholding_by_both():
    z = codes(0)
    prox = centralized_shrink(z, torch.zeros_like(z), double(0.4), 0.5)
    torch.testing.assert_close(prox, soft_threshold(z, double(0.6)))


def test_group_lasso_lemma_1():
    """For hard clusters each row of a cluster shrinks by its norm, times the root of its size."""
    z, t = codes(0), 0.9
    prox = GroupPenalty(WEIGHTS, HARD).prox(z, t)
    for members in ([0, 2, 3], [1]):
        rows = z[:, :, members]
        threshold = t * WEIGHTS[:, None] * len(members) ** 0.5
        scale = (1 - threshold / rows.norm(dim=2, keepdim=True)).clamp(min=0)
        torch.testing.assert_close(prox[:, :, members], scale * rows, atol=1e-7, rtol=0)


def test_group_of_one_is_soft_thresholding():
    """Up to the floor of 1e-8 inside the root."""
    z = codes(0, atoms=2, patches=50)
    alone = GroupPenalty(WEIGHTS, clusters(list(range(50))))
    torch.testing.assert_close(
        alone.prox(z, 1.0), soft_threshold(z, WEIGHTS[:, None]), atol=1e-7, rtol=0
    )


def test_group_value_counts_each_group_once():
    z = codes(0)
    norms = 3**0.5 * z[:, :, [0, 2, 3]].norm(dim=2) + z[:, :, 1].abs()
    torch.testing.assert_close(GroupPenalty(WEIGHTS, HARD).value(z), norms @ WEIGHTS)


def count(model: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def test_number_of_parameters():
    """Appendix C of GroupSC: 68k grey; 119k colour."""
    assert count(sc()) == 3 * 81 * 256 + 24 * 256 == 68_352
    assert count(groupsc()) == 68_352 + 81 + 1
    assert count(csr()) == 68_352 + 81 + 1 + 256
    colour = {"channels": 3, "patch": 7, "window": 50}
    assert count(groupsc(**colour)) == 3 * 147 * 256 + 24 * 256 + 147 + 1


SMALL = {"patch": 3, "atoms": 8, "depth": 5}


def photograph(size: int = 9) -> torch.Tensor:
    return torch.rand(2, 1, size, size, generator=torch.Generator().manual_seed(0)).double()


@torch.no_grad()
def with_weights_of(model: Unrolled, other: Unrolled) -> Unrolled:
    """The model with the matrices and thresholds of another."""
    model.load_state_dict(other.state_dict(), strict=False)
    return model.double()


def test_csr_without_pull_is_sc():
    plain = sc(**SMALL)
    centralized = with_weights_of(csr(**SMALL, refresh=2, window=4), plain)
    torch.nn.init.zeros_(centralized.prior.pull.values)
    y = photograph()
    torch.testing.assert_close(centralized(y), plain.double()(y))
    torch.nn.init.ones_(centralized.prior.pull.values)
    assert (centralized(y) - plain(y)).abs().max() > 1e-4


def test_groupsc_without_neighbours_is_sc():
    plain = sc(**SMALL)
    alone = with_weights_of(groupsc(**SMALL, refresh=2, window=1), plain)
    torch.nn.init.zeros_(alone.neighbours.kappa.values)
    y = photograph()
    torch.testing.assert_close(alone(y), plain.double()(y), atol=1e-6, rtol=0)
    alone.neighbours.lattice = Lattice(None)
    assert (alone(y) - plain(y)).abs().max() > 1e-4


def test_sc_with_tied_matrices_approaches_the_lasso():
    """C = D: ISTA (GroupSC section 2). The codes it ends at minimise eq. (1)."""
    generator = torch.Generator().manual_seed(0)
    dictionary = torch.randn(9, 12, generator=generator, dtype=torch.float64)
    dictionary = dictionary / torch.linalg.matrix_norm(dictionary, 2)
    fidelity = PatchFidelity(dictionary, dictionary.clone(), dictionary.clone(), 3)
    weights = torch.full((1, 1, 12), 0.05, dtype=torch.float64)
    data = fidelity.observe(photograph(5))
    z, penalty = fidelity.start(data), L1Penalty(weights[0, 0])
    with torch.no_grad():
        for _ in range(2000):
            z = proximal(State(0, z, data, fidelity), penalty, 1.0)
        slope = -fidelity.gradient(z, data)
    assert slope.abs().max() < 0.05 + 1e-6
    torch.testing.assert_close(slope[z != 0], 0.05 * z[z != 0].sign(), atol=1e-6, rtol=0)


def test_forward_backward_ends_where_the_sum_is_least():
    """Smooth by gradient, simple by prox: at the end no step moves, and no neighbour is lower."""
    smooth, simple = VARIANCE, L1Penalty(WEIGHTS)
    z, target = codes(0), codes(9)
    data = Observation(target, 0 * target[:, :1], (1, target.shape[2]), 1)
    with torch.no_grad():
        for _ in range(1000):
            state = State(0, z, data, PixelFidelity(z.shape[1]))
            z = forward_backward(state, Composite((smooth,), simple), 0.1)

    def total(z):
        return (z - target).square().sum((1, 2)) / 2 + smooth.value(z) + simple.value(z)

    generator = torch.Generator().manual_seed(4)
    for size in (1e-4, 1e-2, 1.0):
        for _ in range(100):
            way = size * torch.randn(z.shape, generator=generator, dtype=z.dtype)
            assert (total(z + way) > total(z)).all()


def test_prior_names_the_weights_of_its_step():
    bank = Bank([25 / 255], torch.rand(1, 3, 2, generator=torch.Generator().manual_seed(0)))
    model = Unrolled(sc(**SMALL).fidelity, L1Prior(bank), proximal, 3)
    data = model.fidelity.observe(photograph().float())
    state = State(2, model.fidelity.start(data), data, model.fidelity)
    torch.testing.assert_close(model.prior(state).weights, bank.values[:, 2])


def test_smooth_penalties_are_known_by_their_gradient():
    assert isinstance(VARIANCE, SmoothPenalty)
    assert not isinstance(L1Penalty(WEIGHTS), SmoothPenalty)
