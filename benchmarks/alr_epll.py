"""EPLL of DeepInverse with a Gaussian mixture of colour patches that is fitted here.

DeepInverse's own mixture is a download. This one is scikit-learn's on patches of training images
without their means; the means come back as one more direction of great variance. So unlike are
the directions' variances that inverses in single precision would spoil the choice of Gaussians;
what is in single precision here are whitening matrices, whose condition is the root of an
inverse's.

A step of DeepInverse's copies one matrix per patch. The same step takes a tenth of the time when
patches of one Gaussian go through its matrix together, which is all that `step` below changes.
"""

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from sparsight.data import image_paths, read_image

SIDE, COMPONENTS, PATCHES = 6, 64, 40_000
AT_ONCE, MIDDLE = 2048, 0.5


def denoiser(clean: Path):
    """EPLL on colour images: (y, sigma) to images."""
    from deepinv.models import EPLLDenoiser
    from deepinv.optim.utils import GaussianMixtureModel

    weights, covariances = mixture(training_patches(clean))
    gmm = GaussianMixtureModel(COMPONENTS, covariances.shape[1])
    epll = EPLLDenoiser(gmm, COMPONENTS, None, SIDE, 3).double()
    gmm.set_weights(torch.from_numpy(weights))
    gmm.set_cov(torch.from_numpy(covariances))
    # Looked up on the instance by EPLL's forward: its loop over penalties stays DeepInverse's.
    epll.PatchGMM._reconstruction_step = lambda aty, x, variance, beta, physics, batch: step(
        gmm.get_cov(), gmm.get_weights(), aty, x, float(variance), float(beta)
    )
    return lambda y, sigma: epll(y.double() - MIDDLE, sigma).float() + MIDDLE


def step(
    covariances: Tensor, weights: Tensor, noisy: Tensor, x: Tensor, variance: float, beta: float
) -> Tensor:
    """One step of half-quadratic splitting for denoising, patches of a Gaussian together.

    Args:
        covariances: of patches (k, n, n).
        weights: of the mixture (k,).
        noisy: image (1, channels, height, width).
        x: the estimate so far, of its shape.
        variance: of the noise.
        beta: penalty for patches that differ from the image's.
    """
    patches = F.unfold(x, SIDE)[0].float()
    chosen = most_likely(patches, covariances, weights, 1 / beta)
    filters = torch.linalg.solve(covariances + torch.eye(len(patches)) / beta, covariances)
    estimates = torch.empty_like(patches)
    for k, matrix in enumerate(filters.float()):
        members = torch.nonzero(chosen == k)[:, 0]
        estimates[:, members] = matrix @ patches[:, members]
    together = torch.stack([estimates, torch.ones_like(estimates)]).double()
    total, count = F.fold(together, x.shape[2:], SIDE)
    weight = beta * variance
    return (noisy + weight * (total / count)) / (1 + weight)


def most_likely(patches: Tensor, covariances: Tensor, weights: Tensor, added: float) -> Tensor:
    """The Gaussian of each patch (n, patches), with white noise added to all."""
    lower = torch.linalg.cholesky(covariances + added * torch.eye(len(patches)))
    whitening = torch.linalg.inv(lower).float()
    log_determinants = 2 * lower.diagonal(dim1=1, dim2=2).log().sum(1)
    offsets = (weights.log() - log_determinants / 2).float()[:, None]
    chosen = []
    for some in patches.split(AT_ONCE, dim=1):
        distances = torch.stack([(matrix @ some).square_().sum(0) for matrix in whitening])
        chosen.append((offsets - distances / 2).argmax(0))
    return torch.cat(chosen)


def training_patches(clean: Path) -> np.ndarray:
    """Patches (n, channels x side x side) from everywhere in training images."""
    paths, rng = image_paths(clean), np.random.default_rng(0)
    share, rows = PATCHES // len(paths), []
    for path in paths:
        image = read_image(path, 3).numpy() / 255 - MIDDLE
        for _ in range(share):
            top, left = (rng.integers(length - SIDE + 1) for length in image.shape[1:])
            rows.append(image[:, top : top + SIDE, left : left + SIDE].ravel())
    return np.stack(rows)


def mixture(patches: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights and covariances of a mixture of Gaussians about 0."""
    from sklearn.mixture import GaussianMixture

    means = patches.mean(1, keepdims=True)
    fit = GaussianMixture(
        COMPONENTS, reg_covar=1e-5, max_iter=30, random_state=0, init_params="random_from_data"
    ).fit(patches - means)
    second = fit.covariances_ + np.einsum("ki,kj->kij", fit.means_, fit.means_)
    return fit.weights_, second + np.square(means).mean()
