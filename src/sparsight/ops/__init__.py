"""Pure tensor functions without state: shrinkage, patches, blocks, sparse coding, similarities."""

from sparsight.ops.analysis import AnalysisSolution, apply_closed_form, solve_analysis
from sparsight.ops.analysis_admm import approach_analysis
from sparsight.ops.anscombe import anscombe, anscombe_inverse
from sparsight.ops.blocks import Grid, Span, block_grid, cut_blocks, merge_blocks, mirrored
from sparsight.ops.cells import cut_cells, lay_cells
from sparsight.ops.coding import (
    code_patches,
    descend_by_gram,
    descend_codes,
    gram_form,
    gram_pays,
    zero_codes,
)
from sparsight.ops.convolved import ConvolvedSolution, analyse, solve_convolved, synthesise
from sparsight.ops.convolved_layer import Accuracy, apply_convolved_form
from sparsight.ops.differences import Offset, clipped_differences, collected, shift
from sparsight.ops.gaussian import gaussian_weights
from sparsight.ops.lattice import shrink_on_lattice
from sparsight.ops.likeness import patch_distances
from sparsight.ops.luma import full_luma, studio_luma
from sparsight.ops.observed import code_observed
from sparsight.ops.patches import average_patches, count_patches, cover, extract_patches
from sparsight.ops.resize import resize_bicubic
from sparsight.ops.shrinkage import centralized_shrink, group_shrink, huber, soft_threshold
from sparsight.ops.together import aligned, code_type, descend_together

__all__ = [
    "Accuracy",
    "AnalysisSolution",
    "ConvolvedSolution",
    "Grid",
    "Offset",
    "Span",
    "aligned",
    "analyse",
    "anscombe",
    "anscombe_inverse",
    "apply_closed_form",
    "apply_convolved_form",
    "approach_analysis",
    "average_patches",
    "block_grid",
    "centralized_shrink",
    "clipped_differences",
    "code_observed",
    "code_patches",
    "code_type",
    "collected",
    "count_patches",
    "cover",
    "cut_blocks",
    "cut_cells",
    "descend_by_gram",
    "descend_codes",
    "descend_together",
    "extract_patches",
    "full_luma",
    "gaussian_weights",
    "gram_form",
    "gram_pays",
    "group_shrink",
    "huber",
    "lay_cells",
    "merge_blocks",
    "mirrored",
    "patch_distances",
    "resize_bicubic",
    "shift",
    "shrink_on_lattice",
    "soft_threshold",
    "solve_analysis",
    "solve_convolved",
    "studio_luma",
    "synthesise",
    "zero_codes",
]
