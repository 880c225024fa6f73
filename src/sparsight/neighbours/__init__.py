"""Who is whose neighbour, and how strongly: graphs and the similarity that makes them."""

from sparsight.neighbours.graph import DenseGraph, LatticeGraph
from sparsight.neighbours.shifts import (
    NEAREST,
    OffsetNeighbours,
    ShiftGraph,
    ShiftSimilarity,
    square_window,
)
from sparsight.neighbours.similarity import (
    NoNeighbours,
    Similarity,
    averaged_estimate,
    patchwise_estimate,
)
from sparsight.neighbours.window import Lattice, window_mask

__all__ = [
    "NEAREST",
    "DenseGraph",
    "Lattice",
    "LatticeGraph",
    "NoNeighbours",
    "OffsetNeighbours",
    "ShiftGraph",
    "ShiftSimilarity",
    "Similarity",
    "averaged_estimate",
    "patchwise_estimate",
    "square_window",
    "window_mask",
]
