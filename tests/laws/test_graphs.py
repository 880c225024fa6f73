"""Graphs say the same whatever their storage: sums over neighbours, written out as loops."""

import pytest
import torch
from tests.laws.penalty_laws import codes

from sparsight.bank import Bank
from sparsight.neighbours import DenseGraph, Lattice, LatticeGraph, Similarity
from sparsight.ops.shrinkage_loops import FLOOR
from sparsight.penalties import GroupPenalty

ROWS, COLUMNS = 4, 5
PATCHES = ROWS * COLUMNS


def weights(seed: int, senders: int = PATCHES) -> torch.Tensor:
    """Asymmetric weights in [0, 1], some of them 0."""
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.rand(2, PATCHES, senders, generator=generator, dtype=torch.float64)
    return drawn.masked_fill(drawn < 0.2, 0)


def lattice_graph(seed: int, thin: int = 3) -> LatticeGraph:
    lattice = Lattice(None, thin).candidates(ROWS, COLUMNS)
    itself = torch.arange(PATCHES)[:, None] == lattice
    return LatticeGraph(weights(seed, len(lattice)).masked_fill(itself, 0), lattice)


def written_out(graph: LatticeGraph) -> DenseGraph:
    """The same weights as a matrix: other columns 0, the diagonal 1."""
    dense = torch.zeros(2, PATCHES, PATCHES, dtype=torch.float64)
    dense[:, :, graph.lattice] = graph.weights
    return DenseGraph(dense + torch.eye(PATCHES, dtype=torch.float64))


GRAPHS = {"dense": DenseGraph(weights(0)), "lattice": lattice_graph(1)}
FUNCTIONS = {
    "difference": lambda a, zj, zk: a * (zj - zk),
    "square": lambda a, zj, zk: a * (zj - zk) ** 2 / 2,
    "sign": lambda a, zj, zk: a * torch.sign(zj - zk),
    "mix": lambda a, zj, zk: a * zk,
}


def matrix(graph) -> torch.Tensor:
    return (written_out(graph) if isinstance(graph, LatticeGraph) else graph).weights


@pytest.mark.parametrize("graph", GRAPHS.values(), ids=GRAPHS)
class TestSums:
    def test_mix(self, graph):
        v, a = codes(0, 3, PATCHES), matrix(graph)
        expected = torch.zeros_like(v)
        for j in range(PATCHES):
            for k in range(PATCHES):
                expected[:, :, j] += a[:, j, k, None] * v[:, :, k]
        torch.testing.assert_close(graph.mix(v), expected)

    def test_energy_mixes_squares(self, graph):
        z = codes(0, 3, PATCHES).requires_grad_()
        energy, expected = graph.energy(z), graph.mix(z.square())
        torch.testing.assert_close(energy, expected)
        cotangent = codes(1, 3, PATCHES)
        ours, theirs = (torch.autograd.grad(x, z, cotangent)[0] for x in (energy, expected))
        torch.testing.assert_close(ours, theirs)

    def test_group_thresholds_are_by_energies(self, graph):
        z, size = codes(0, 3, PATCHES), graph.degree().sqrt()[:, None]
        threshold = torch.full((1, 3, 1), 0.9, dtype=torch.float64)
        scale = (1 - threshold * size / (graph.energy(z) + FLOOR).sqrt()).clamp(min=0)
        assert (scale == 0).any()
        torch.testing.assert_close(graph.shrink_groups(z, threshold, size), scale * z)

    def test_degree(self, graph):
        a = matrix(graph)
        expected = torch.stack([a[:, j].sum(1) for j in range(PATCHES)], 1)
        torch.testing.assert_close(graph.degree(), expected)

    @pytest.mark.parametrize("fn", FUNCTIONS.values(), ids=FUNCTIONS)
    def test_edge_sum(self, graph, fn):
        z, a = codes(0, 3, PATCHES), matrix(graph)
        expected = torch.zeros_like(z)
        for j in range(PATCHES):
            for k in range(PATCHES):
                expected[:, :, j] += fn(a[:, j, k, None], z[:, :, j], z[:, :, k])
        torch.testing.assert_close(graph.edge_sum(fn, z), expected)

    def test_mix_is_an_edge_sum(self, graph):
        z = codes(0, 3, PATCHES)
        torch.testing.assert_close(graph.mix(z), graph.edge_sum(FUNCTIONS["mix"], z))

    def test_degree_is_what_ones_mix_to(self, graph):
        ones = torch.ones(2, 1, PATCHES, dtype=torch.float64)
        torch.testing.assert_close(graph.degree(), graph.mix(ones)[:, 0])


@pytest.mark.parametrize("thin", [1, 3, 5, 9])
def test_lattice_is_a_dense_graph_of_fewer_columns(thin):
    sparse = lattice_graph(1, thin)
    dense = written_out(sparse)
    z = codes(0, 3, PATCHES)
    torch.testing.assert_close(sparse.mix(z), dense.mix(z))
    torch.testing.assert_close(sparse.degree(), dense.degree())
    for fn in FUNCTIONS.values():
        torch.testing.assert_close(sparse.edge_sum(fn, z), dense.edge_sum(fn, z))
    penalties = [GroupPenalty(torch.full((3,), 0.3).double(), graph) for graph in (sparse, dense)]
    torch.testing.assert_close(penalties[0].prox(z, 1.0), penalties[1].prox(z, 1.0))


def test_blend_is_a_convex_sum():
    share = torch.tensor([0.25, 1.0], dtype=torch.float64)[:, None, None]
    z = codes(0, 3, PATCHES)
    for old, new in (
        (DenseGraph(weights(0)), DenseGraph(weights(1))),
        (lattice_graph(0), lattice_graph(1)),
    ):
        expected = (1 - share) * old.mix(z) + share * new.mix(z)
        torch.testing.assert_close(old.blend(new, share).mix(z), expected)
        torch.testing.assert_close(old.blend(new, 0 * share).weights, old.weights)


def test_weights_outside_the_window_do_not_learn_through_the_degree():
    a = torch.tensor([[[1.0, 0.0], [0.5, 1.0]]], requires_grad=True)
    DenseGraph(a).degree().sum().backward()
    assert a.grad.tolist() == [[[1.0, 0.0], [1.0, 1.0]]]


def similarity(lattice: Lattice, features: torch.Tensor) -> Similarity:
    return Similarity(
        Bank([0.1], torch.ones(1, 1, features.shape[1]).double()),
        Bank([0.1], torch.zeros(1, 1).double()),
        refresh=(),
        lattice=lattice,
    )


@pytest.mark.parametrize("window", [None, 3, 4])
def test_similarity_is_the_exponential_of_the_squared_distance(window):
    """GroupSC eq. (12); the authors' program has the square, no root and no normalisation."""
    u = codes(0, 6, PATCHES) / 2
    expected = (-(u[:, :, :, None] - u[:, :, None, :]).square().sum(1)).exp()
    whole = similarity(Lattice(window), u).compare(u, (ROWS, COLUMNS))
    sparse = similarity(Lattice(window, 3), u).compare(u, (ROWS, COLUMNS))
    outside = Lattice(window).outside(ROWS, COLUMNS)
    if outside is not None:
        expected = expected.masked_fill(outside, 0)
    torch.testing.assert_close(whole.weights, expected)
    kept = torch.eye(PATCHES).bool()
    kept[:, sparse.lattice] = True
    torch.testing.assert_close(written_out(sparse).weights, expected * kept)


def test_a_finer_lattice_keeps_the_weight_of_the_patch_itself():
    """All patches at 1 / 3 weigh like one in three at 1; a patch itself counts 1 on both."""
    features = torch.zeros(1, 2, PATCHES, dtype=torch.float64)  # all patches alike
    coarse, fine = Lattice(None, 3), Lattice(None, 3).at(1)
    graphs = [
        similarity(lattice, features).compare(features, (ROWS, COLUMNS))
        for lattice in (coarse, fine)
    ]
    others = [graph.degree() - 1 for graph in graphs]
    assert (others[0] - others[1]).abs().max() < 1.5
    assert torch.equal(torch.diagonal(graphs[1].weights, dim1=1, dim2=2), torch.ones(1, PATCHES))


def test_a_lattice_as_it_was_trained_is_unchanged():
    assert Lattice(8, 9).at(9).weight == Lattice(8, 9).weight == 1
    assert Lattice(8, 9).at(3).at(27).own == 9
