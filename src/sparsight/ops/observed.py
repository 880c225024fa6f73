"""Sparse codes of patches with unobserved samples (GroupSC eqs. (13), (14)).

Of a Bayer pattern there are four kinds of patches, alike in what was observed. A kind's mask M is
a part of the preconditioner, z + (M C)^T (y - D z), so that each kind is coded as if nothing were
missing, by the compiled loop where that pays.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from sparsight.ops.coding import code_densely, code_patches

# So many kinds at most are coded one after the other.
KINDS = 8


def code_observed(
    y: Float[Tensor, "b m n"],
    dictionary: Float[Tensor, "m p"],
    preconditioner: Float[Tensor, "m p"],
    thresholds: Float[Tensor, "#b k p"],
    mask: Float[Tensor, "#b m n"],
) -> Float[Tensor, "b p n"]:
    """Codes after k times `descend_codes` and `soft_threshold`, from zero.

    Args:
        y: centred patches.
        dictionary: D.
        preconditioner: C.
        thresholds: one per step and atom.
        mask: 1 where a sample was observed, 0 elsewhere.
    """
    mask = mask.expand_as(y)
    if y.device.type != "cpu":
        return code_densely(y, dictionary, preconditioner, thresholds, mask)
    kind, count = _kinds_of(mask)
    if count > KINDS or len(thresholds) > 1:
        return code_densely(y, dictionary, preconditioner, thresholds, mask)
    order = kind.argsort(stable=True)
    rows, seen = (patches.mT.reshape(-1, y.shape[1])[order] for patches in (y, mask))
    parts, first = [], 0
    for size in kind.bincount().tolist():
        own = rows[first : first + size].mT[None]
        parts.append(
            code_patches(own, dictionary, seen[first][:, None] * preconditioner, thresholds)
        )
        first += size
    codes = torch.cat([part[0].mT for part in parts])
    return codes[order.argsort()].unflatten(0, (len(y), -1)).mT


def _kinds_of(mask: Float[Tensor, "b m n"]) -> tuple[Tensor, int]:
    """The kind of each patch of each image, and how many kinds there are."""
    # Patches whose random sums are equal have equal masks; whole numbers sum up exactly.
    generator = torch.Generator().manual_seed(0)
    weights = torch.randint(1 << 40, (mask.shape[1],), generator=generator).double()
    sums = (mask.mT.double() @ weights.to(mask.device)).flatten()
    values, kind = sums.unique(return_inverse=True)
    return kind, len(values)
