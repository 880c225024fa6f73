"""Graphs of neighbours with weights a_jk: the influence of patch k on patch j.

Penalties ask a graph for sums over neighbours and never see how it is stored; a faster
storage is one more class here.
"""

from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.autograd.function import once_differentiable

from sparsight.ops import code_type, group_shrink, native, shrink_on_lattice
from sparsight.protocols import EdgeFunction, Graph, Scalar


@dataclass(frozen=True)
class DenseGraph:
    """Every patch may be a neighbour of every other.

    Args:
        weights: a_jk at [b, j, k].
    """

    weights: Float[Tensor, "b n n"]

    def mix(self, values: Float[Tensor, "b p n"]) -> Float[Tensor, "b p n"]:
        """Sum over k of a_jk v_k."""
        return (self.weights @ values.mT).mT

    def energy(self, z: Float[Tensor, "b p n"]) -> Float[Tensor, "b p n"]:
        """Sum over k of a_jk z_k^2."""
        return self.mix(z.square())

    def shrink_groups(self, z: Float[Tensor, "b p n"], threshold: Tensor, size: Tensor) -> Tensor:
        """z max(1 - threshold size / sqrt(energy), 0)."""
        return group_shrink(z, self.energy(z), threshold, size)

    def degree(self) -> Float[Tensor, "b n"]:
        """Sum over k of a_jk."""
        return self._degree

    @cached_property
    def _degree(self) -> Tensor:
        # |a| = a, but its gradient at 0 is 0: patches outside the window must not learn.
        return self.weights.abs().sum(2)

    def edge_sum(self, fn: EdgeFunction, z: Float[Tensor, "b p n"]) -> Float[Tensor, "b p n"]:
        """Sum over k of fn(a_jk, z_j, z_k)."""
        return _edge_sum(fn, self.weights, z, z)

    def pull(self, z: Float[Tensor, "b p n"], alpha: Scalar, bound: Scalar) -> Tensor:
        """Sum over k of a_jk clip(alpha (z_j - z_k), +-bound)."""
        return pull_along_edges(self, z, alpha, bound)

    def asymmetry(self) -> float:
        """The greatest |a_jk - a_kj|."""
        return (self.weights - self.weights.mT).abs().max().item()

    def blend(self, other: "DenseGraph", share: Tensor) -> "DenseGraph":
        """(1 - share) of these weights, share of the other's."""
        return DenseGraph(torch.lerp(self.weights, other.weights, share))


@dataclass(frozen=True)
class LatticeGraph:
    """Neighbours are the patches of a coarse lattice, and every patch itself with weight 1.

    Args:
        weights: a_jl of lattice patch l on patch j; 0 where l is j.
        lattice: the numbers of the lattice patches.
    """

    weights: Float[Tensor, "b n l"]
    lattice: Int[Tensor, " l"]

    def mix(self, values: Float[Tensor, "b p n"]) -> Float[Tensor, "b p n"]:
        """v_j + sum over l of a_jl v_l."""
        return _LatticeMix.apply(values, self.weights, self.lattice)  # pyright: ignore[reportReturnType]

    def energy(self, z: Float[Tensor, "b p n"]) -> Float[Tensor, "b p n"]:
        """z_j^2 + sum over l of a_jl z_l^2."""
        return _LatticeEnergy.apply(z, self.weights, self.lattice)  # pyright: ignore[reportReturnType]

    def shrink_groups(self, z: Float[Tensor, "b p n"], threshold: Tensor, size: Tensor) -> Tensor:
        """z max(1 - threshold size / sqrt(energy), 0)."""
        if z.device.type == "cpu":
            return group_shrink(z, self.energy(z), threshold, size)
        return shrink_on_lattice(z, self._like_codes, self.lattice, threshold, size)

    def degree(self) -> Float[Tensor, "b n"]:
        """1 + sum over l of a_jl."""
        return self._degree

    @cached_property
    def _degree(self) -> Tensor:
        return 1 + self.weights.abs().sum(2)

    @cached_property
    def _like_codes(self) -> Tensor:
        return self.weights.to(code_type(self.weights))

    def edge_sum(self, fn: EdgeFunction, z: Float[Tensor, "b p n"]) -> Float[Tensor, "b p n"]:
        """fn(1, z_j, z_j) + sum over l of fn(a_jl, z_j, z_l)."""
        itself = fn(torch.ones_like(z), z, z)
        return itself + _edge_sum(fn, self.weights, z, z[:, :, self.lattice])

    def pull(self, z: Float[Tensor, "b p n"], alpha: Scalar, bound: Scalar) -> Tensor:
        """Sum over k of a_jk clip(alpha (z_j - z_k), +-bound)."""
        return pull_along_edges(self, z, alpha, bound)

    def asymmetry(self) -> float:
        """The greatest |a_jk - a_kj|."""
        b, n, _ = self.weights.shape
        dense = self.weights.new_zeros(b, n, n)
        dense[:, :, self.lattice] = self.weights
        return DenseGraph(dense).asymmetry()

    def blend(self, other: "LatticeGraph", share: Tensor) -> "LatticeGraph":
        """(1 - share) of these weights, share of the other's."""
        return LatticeGraph(torch.lerp(self.weights, other.weights, share), self.lattice)


def pull_along_edges(
    graph: Graph, z: Float[Tensor, "b p n"], alpha: Scalar, bound: Scalar
) -> Float[Tensor, "b p n"]:
    """Sum over k of a_jk clip(alpha (z_j - z_k), +-bound), on any graph."""

    def clipped(a: Tensor, zj: Tensor, zk: Tensor) -> Tensor:
        pull, most = alpha * (zj - zk), torch.as_tensor(bound, dtype=z.dtype)
        return a * torch.maximum(torch.minimum(pull, most), -most)

    return graph.edge_sum(clipped, z)


def _edge_sum(fn: EdgeFunction, weights: Tensor, receivers: Tensor, senders: Tensor) -> Tensor:
    # One atom at a time: all at once would hold p * n * k numbers.
    rows = [
        fn(weights, receivers[:, i, :, None], senders[:, i, None, :]).sum(2)
        for i in range(receivers.shape[1])
    ]
    return torch.stack(rows, 1)


def _skips_zeros(z: Tensor, weights: Tensor) -> bool:
    """Whether the compiled product can be used, which leaves out neighbours of no weight."""
    return native.usable(z) and weights.is_contiguous() and weights.dtype == z.dtype


class _LatticeMix(torch.autograd.Function):
    """Saves the lattice's values only, and adds their gradient in place."""

    @staticmethod
    def forward(ctx, values, weights, lattice):
        senders = values.mT[:, lattice]
        ctx.save_for_backward(senders, weights, lattice)
        if _skips_zeros(values, weights):
            return native.sparse_product(values.mT, weights, senders).mT
        return torch.baddbmm(values.mT, weights, senders).to(values.dtype).mT

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        senders, weights, lattice = ctx.saved_tensors
        grad = grad.mT
        grad_weights = grad @ senders.mT if ctx.needs_input_grad[1] else None
        grad_values = grad.clone().index_add_(1, lattice, weights.mT @ grad)
        return grad_values.mT, grad_weights, None


class _LatticeEnergy(torch.autograd.Function):
    """`mix` of squares; squares of the lattice's codes only are kept."""

    @staticmethod
    def forward(ctx, z, weights, lattice):
        senders = z.mT[:, lattice].square_()
        ctx.save_for_backward(z, senders, weights, lattice)
        if _skips_zeros(z, weights):
            return native.sparse_product(z.mT, weights, senders, squared=True).mT
        # Autocast multiplies in low precision; energies stay what the codes are.
        return torch.bmm(weights, senders).to(z.dtype).addcmul_(z.mT, z.mT).mT

    @staticmethod
    @once_differentiable
    def backward(ctx, grad):
        z, senders, weights, lattice = ctx.saved_tensors
        grad = grad.mT
        grad_weights = grad @ senders.mT if ctx.needs_input_grad[1] else None
        pooled = grad.clone().index_add_(1, lattice, weights.mT @ grad)
        return pooled.mul_(z.mT).mul_(2).mT, grad_weights, None
