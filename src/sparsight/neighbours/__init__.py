"""Who is whose neighbour, and how strongly: graphs and the similarity that makes them."""

from sparsight.neighbours.graph import DenseGraph, LatticeGraph
from sparsight.neighbours.similarity import (
    NoNeighbours,
    Similarity,
    averaged_estimate,
    patchwise_estimate,
)
from sparsight.neighbours.window import Lattice, window_mask

__all__ = [
    "DenseGraph",
    "Lattice",
    "LatticeGraph",
    "NoNeighbours",
    "Similarity",
    "averaged_estimate",
    "patchwise_estimate",
    "window_mask",
]
