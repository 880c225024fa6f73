"""Learned self-similarity of patches: exp(-||kappa (u_j - u_k)||^2), averaged online.

GroupSC section 3.3, eq. (12). The first graph compares the noisy patches; at each refresh the
present estimate is averaged into an image, cut again and compared, and the new weights enter
with the share nu. kappa enters squared, the distance has no root, weights are not normalised.
"""

from collections.abc import Callable, Collection

import torch
from jaxtyping import Float
from torch import Tensor, nn

from sparsight.bank import Bank
from sparsight.neighbours.graph import DenseGraph, LatticeGraph
from sparsight.neighbours.window import Lattice
from sparsight.ops import gaussian_weights
from sparsight.protocols import State

Features = Callable[[State], Tensor]


def averaged_estimate(state: State) -> Tensor:
    """Patches of the averaged estimate ("middle averaging"), less the *input's* patch means."""
    patches = state.fidelity.estimate_patches(state.z) + state.data.mean
    return state.fidelity.average(patches, state.data) - state.data.mean


def patchwise_estimate(state: State) -> Tensor:
    """Each patch's own estimate, not averaged with those that overlap it."""
    return state.fidelity.estimate_patches(state.z)


class Similarity(nn.Module):
    """Compares patches and keeps the graph up to date.

    Args:
        kappa: bank of (v, m) patch weights: v = 1 for one kappa, or one per refresh.
        nu: bank of (v',) shares, stored before the logistic function.
        refresh: the steps k before which the graph is refreshed (step 0 always is).
        lattice: which patches are candidates.
        features: what is compared at a refresh.
        groups: sums kappa-weighted features over this many channels in the first graph; the
            authors' choice for mosaics is 3, whose channels are mostly empty; 1 keeps them.
    """

    def __init__(
        self,
        kappa: Bank,
        nu: Bank,
        refresh: Collection[int],
        lattice: Lattice,
        features: Features = averaged_estimate,
        groups: int = 1,
    ):
        super().__init__()
        self.kappa = kappa
        self.nu = nu
        self.refresh = tuple(sorted(refresh))
        self.lattice = lattice
        self.features = features
        self.groups = groups

    def forward(self, state: State) -> DenseGraph | LatticeGraph:
        """The graph in force."""
        grid, old = state.data.grid, state.graph
        if old is None:
            weighted = weigh(state.data.centred, state.at_noise(self.kappa), 0)
            return self.compare(weighted.unflatten(1, (self.groups, -1)).sum(1), grid)
        if state.k not in self.refresh:
            return old
        version = self.refresh.index(state.k)
        weighted = weigh(self.features(state), state.at_noise(self.kappa), version + 1)
        nu = state.at_noise(self.nu)
        share = torch.sigmoid(nu[:, min(version, nu.shape[1] - 1)])[:, None, None]
        return old.blend(self.compare(weighted, grid), share)

    def compare(
        self, u: Float[Tensor, "b m n"], grid: tuple[int, int]
    ) -> DenseGraph | LatticeGraph:
        """The graph of weighted features on a grid of patches."""
        candidates = self.lattice.candidates(*grid, u.device)
        outside = self.lattice.outside(*grid, u.device)
        whole, plain = len(candidates) == u.shape[2], self.lattice.weight == 1
        if whole and plain:
            return DenseGraph(gaussian_weights(u, u, outside))
        senders, own = (u, 1.0) if whole else (u.index_select(2, candidates), 0.0)
        weights = gaussian_weights(u, senders, outside, self.lattice.weight, candidates, own)
        return DenseGraph(weights) if whole else LatticeGraph(weights, candidates)


def weigh(
    features: Float[Tensor, "b m n"], kappa: Float[Tensor, "#b v m"], version: int
) -> Float[Tensor, "b m n"]:
    """Features times kappa: patches whose squared distances are compared (GroupSC eq. (12)).

    Args:
        features: of n patches.
        kappa: of every version.
        version: 0 for the first graph, v for refresh v; later ones take the last.
    """
    return kappa[:, min(version, kappa.shape[1] - 1), :, None] * features.to(kappa.dtype)


class NoNeighbours(nn.Module):
    """For priors that look at each patch alone."""

    def forward(self, state: State) -> None:
        """Nobody is a neighbour."""
