"""EPLL of DeepInverse with a Gaussian mixture of colour patches that is fitted here.

DeepInverse's own mixture is a download. This one is scikit-learn's on patches of training images
without their means; the means come back as one more direction of great variance. So unlike are
the directions' variances that inverses in single precision would spoil the choice of Gaussians.
"""

from pathlib import Path

import numpy as np
import torch

from sparsight.data import image_paths, read_image

SIDE, COMPONENTS, PATCHES = 6, 64, 40_000
AT_ONCE, MIDDLE = 4096, 0.5


def denoiser(clean: Path):
    """EPLL on colour images: (y, sigma) to images."""
    from deepinv.models import EPLLDenoiser
    from deepinv.optim.utils import GaussianMixtureModel

    weights, covariances = mixture(training_patches(clean))
    gmm = GaussianMixtureModel(COMPONENTS, covariances.shape[1])
    epll = EPLLDenoiser(gmm, COMPONENTS, None, SIDE, 3).double()
    gmm.set_weights(torch.from_numpy(weights))
    gmm.set_cov(torch.from_numpy(covariances))
    return lambda y, sigma: epll(y.double() - MIDDLE, sigma, batch_size=AT_ONCE).float() + MIDDLE


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
