"""A start for models of images with gaps: one step that fills them as well as a linear map can.

On a dictionary that was learned for noise, proximal steps fill gaps with as little as they can,
near zero. Let L be the matrix that takes patches with gaps, 0 in them, nearest to whole patches, in
mean squares over training images. With W = D and C^T = D^+ L, the first code stands for L y, and
steps after it leave it alone up to thresholds. For a Bayer pattern, where a sample of red or blue
is seen in one of four kinds of patches only, one L holds the best map of every kind.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from sparsight.data import Gaps
from sparsight.fidelities import PatchFidelity
from sparsight.ops import extract_patches

# Of the mean square of an observed sample: keeps L from amplifying what is hardly ever there.
RIDGE = 1e-5
# Directions that D holds more faintly than this share of its strongest are left out.
FAINTEST = 0.05
# A corner of each image is enough.
SQUARE = 48


@torch.no_grad()
def fill_linearly(
    fidelity: PatchFidelity, images: Sequence[UInt8[Tensor, "c _ _"]], gaps: Gaps, seed: int = 0
) -> None:
    """Sets W to D, and C so that the first code fills gaps.

    Args:
        fidelity: of patches; the better D is conditioned, the nearer the code comes to L y.
        images: clean.
        gaps: which samples are observed.
        seed: of the gaps.

    Raises:
        ValueError: patches of one pixel, which has nothing to be filled from.
    """
    if fidelity.side < 2:
        raise ValueError("patch is 1; gaps are filled from what is beside them, give 2 or more")
    filling = linear_filling(fidelity, images, gaps, seed)
    dictionary = fidelity.dictionary.double()
    fidelity.synthesis.copy_(fidelity.dictionary)
    fidelity.preconditioner.copy_((torch.linalg.pinv(dictionary, rtol=FAINTEST) @ filling).T)


def linear_filling(
    fidelity: PatchFidelity, images: Sequence[UInt8[Tensor, "c _ _"]], gaps: Gaps, seed: int = 0
) -> Float[Tensor, "m m"]:
    """L, by least squares over patches of the images, in float64.

    Args:
        fidelity: cuts patches and takes their means out.
        images: clean.
        gaps: which samples are observed.
        seed: of the gaps.
    """
    generator = torch.Generator().manual_seed(seed)
    m = len(fidelity.dictionary)
    within, across = (torch.zeros(m, m, dtype=torch.float64) for _ in range(2))
    for image in images:
        clean = image[None, :, -SQUARE:, -SQUARE:].float() / 255
        seen = gaps(clean.shape[1:], generator).expand_as(clean)
        data = fidelity.observe(clean * seen, seen)
        whole = extract_patches(clean, fidelity.side, fidelity.stride) - data.mean
        within += (data.centred[0] @ data.centred[0].T).double()
        across += (whole[0] @ data.centred[0].T).double()
    ridge = RIDGE * within.trace() / m * torch.eye(m, dtype=torch.float64)
    return torch.linalg.solve(within + ridge, across.T).T
