"""The authors' way to compute SC and GroupSC, written anew, to be measured against.

The whole batch at once, 1 x 1 convolutions over the patch's pixels as channels, automatic
differentiation that keeps every intermediate, a dense similarity of all patches of a block.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class AuthorsLayout(nn.Module):
    """SC (grouped=False) or GroupSC (grouped=True) with random parameters."""

    def __init__(self, grouped: bool, side: int = 9, atoms: int = 256, depth: int = 24):
        super().__init__()
        pixels = side**2
        dictionary = torch.randn(pixels, atoms, generator=torch.Generator().manual_seed(0))
        dictionary /= torch.linalg.matrix_norm(dictionary, 2)
        self.analysis = nn.Parameter(dictionary.T[..., None].clone())
        self.dictionary = nn.Parameter(dictionary[..., None].clone())
        self.synthesis = nn.Parameter(dictionary[..., None].clone())
        self.thresholds = nn.Parameter(torch.full((depth, atoms, 1), 0.02))
        self.kappa = nn.Parameter(torch.ones(pixels, 1))
        self.nu = nn.Parameter(torch.ones(()))
        self.side, self.depth, self.grouped = side, depth, grouped

    def forward(self, y: Tensor) -> Tensor:
        """Restores (b, 1, h, w)."""
        patches = F.unfold(y, self.side)
        mean = patches.mean(1, keepdim=True)
        centred = patches - mean
        similarity = self.compare(centred) if self.grouped else None
        z = self.shrink(F.conv1d(centred, self.analysis), 0, similarity)
        for k in range(1, self.depth):
            if similarity is not None and k in (7, 13, 19):
                estimate = self.average(F.conv1d(z, self.synthesis) + mean, y)
                fresh = self.compare(F.unfold(estimate, self.side) - mean)
                share = torch.sigmoid(self.nu)
                similarity = (1 - share) * similarity + share * fresh
            residual = centred - F.conv1d(z, self.dictionary)
            z = self.shrink(z + F.conv1d(residual, self.analysis), k, similarity)
        return self.average(F.conv1d(z, self.synthesis) + mean, y)

    def shrink(self, z: Tensor, k: int, similarity: Tensor | None) -> Tensor:
        """Soft thresholds, or group thresholds under a similarity."""
        t = self.thresholds[k]
        if similarity is None:
            return F.relu(z - t) - F.relu(-z - t)
        norm = torch.sqrt(z**2 @ similarity + 1e-8)
        size = torch.sqrt(similarity.abs().sum(1, keepdim=True) + 1e-12)
        return F.relu(1 - t * size / norm) * z

    def compare(self, patches: Tensor) -> Tensor:
        """exp(-distance) of all pairs."""
        u = self.kappa * patches
        norms = u.square().sum(1)
        distance = norms[:, :, None] + norms[:, None] - 2 * u.mT @ u
        return torch.exp(-distance.clamp(min=0))

    def average(self, patches: Tensor, y: Tensor) -> Tensor:
        """Overlapping patches averaged."""
        size = (y.shape[2], y.shape[3])
        ones = F.fold(torch.ones_like(patches), size, self.side)
        return F.fold(patches, size, self.side) / ones
