"""Analysis K-SVD (Rubinstein, Peleg, Elad 2013), compact: the rival of BLORC section 5.2.

An operator is learned from the noisy image itself. Each patch is pushed, row by row, into the
null space of the rows it is nearest to being orthogonal to, until it has moved as far as noise
explains (backward greedy pursuit); each row becomes the direction of least energy of the patches
that chose it. Rows begin as differences of neighbours.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from sparsight.ops import average_patches, extract_patches

SIDE = 7
PATCHES = 3_000
ITERATIONS = 2
# A patch may move by this many times the norm of its noise.
ALLOWED = 1.05
# Products smaller than this share of the noise are 0 but for rounding.
ORTHOGONAL = 1e-4
# Patches pursued at a time.
CHUNK = 1_000


def analysis_ksvd(y: Float[Tensor, "1 1 h w"], sigma: float, seed: int = 0) -> Tensor:
    """The denoised image.

    Args:
        y: noisy, in [0, 1] units.
        sigma: noise level in [0, 1] units.
        seed: of the patches to learn from.
    """
    patches = extract_patches(y, SIDE)[0].T
    mean = patches.mean(1, keepdim=True)
    centred = patches - mean
    analysis = learn_operator(centred, sigma, seed)
    parts = [pursue(part, analysis, sigma)[0] for part in centred.split(CHUNK)]
    restored = torch.cat(parts) + mean
    return average_patches(restored.T[None], (y.shape[2], y.shape[3]), SIDE)


def learn_operator(centred: Float[Tensor, "t m"], sigma: float, seed: int) -> Float[Tensor, "k m"]:
    """Rows of norm 1, each orthogonal to many patches once noise is off.

    Args:
        centred: noisy patches without means.
        sigma: noise level.
        seed: of the patches to learn from.
    """
    generator = torch.Generator().manual_seed(seed)
    # Flat patches are orthogonal to every row and would draw all rows to one direction.
    size = centred.norm(dim=1)
    textured = centred[size >= size.median()]
    sample = textured[torch.randperm(len(textured), generator=generator)[:PATCHES]]
    analysis = differences(SIDE).to(sample)
    for _ in range(ITERATIONS):
        _, chosen = pursue(sample, analysis, sigma)
        for row in range(len(analysis)):
            mine = sample[chosen[:, row]]
            if len(mine) >= sample.shape[1]:
                analysis[row] = _least(mine)
    return analysis


def pursue(
    y: Float[Tensor, "t m"], analysis: Float[Tensor, "k m"], sigma: float
) -> tuple[Float[Tensor, "t m"], Bool[Tensor, "t k"]]:
    """Backward greedy pursuit.

    Args:
        y: noisy patches without means.
        analysis: rows of norm 1.
        sigma: noise level.

    Returns:
        Denoised patches, and the rows that each is orthogonal to.
    """
    t, m = y.shape
    x, chosen = y.clone(), torch.zeros(t, len(analysis), dtype=torch.bool, device=y.device)
    basis = y.new_zeros(t, m, m)
    budget = (ALLOWED * sigma) ** 2 * (m - 1) * y.new_ones(t)
    going = torch.arange(t, device=y.device)
    for step in range(m - 1):
        size = (x[going] @ analysis.T).abs()
        # Rows that the chosen ones span are orthogonal already.
        chosen[going] |= size < ORTHOGONAL * sigma
        row = size.masked_fill(chosen[going], torch.inf).argmin(1)
        known = basis[going, :step]
        way = analysis[row]
        for _ in range(2):  # twice, against rounding
            way = way - ((known @ way[..., None]).mT @ known)[:, 0]
        length = way.norm(dim=1, keepdim=True)
        way = torch.where(length > 1e-4, way / length.clamp(min=1e-12), torch.zeros_like(way))
        part = (x[going] * way).sum(1, keepdim=True)
        within = part[:, 0].square() <= budget[going]
        going, row, way, part = going[within], row[within], way[within], part[within]
        if not len(going):
            break
        x[going] = x[going] - part * way
        budget[going] = budget[going] - part[:, 0].square()
        basis[going, step] = way
        chosen[going, row] = True
    return x, chosen


def differences(side: int) -> Float[Tensor, "k m"]:
    """Differences of neighbours in rows, columns and both diagonals, each of norm 1."""
    place = torch.arange(side**2).reshape(side, side)
    pairs = [
        (place[:, :-1], place[:, 1:]),
        (place[:-1], place[1:]),
        (place[:-1, :-1], place[1:, 1:]),
        (place[:-1, 1:], place[1:, :-1]),
    ]
    first, second = (torch.cat([pair[i].reshape(-1) for pair in pairs]) for i in (0, 1))
    eye = torch.eye(side**2)
    return (eye[first] - eye[second]) / 2**0.5


def _least(patches: Tensor) -> Tensor:
    """The direction in which patches have least energy, the constant one aside."""
    m = patches.shape[1]
    flat = patches.new_full((m, m), patches.square().sum().item() / m)
    return torch.linalg.eigh(patches.T @ patches + flat).eigenvectors[:, 0]
