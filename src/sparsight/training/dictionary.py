"""The initial dictionary: learned without noise on patches of the training images."""

import warnings
from collections.abc import Sequence

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from sparsight.ops import extract_patches


def learn_dictionary(
    images: Sequence[UInt8[Tensor, "c _ _"]],
    side: int,
    atoms: int,
    whiten: float = 0.0,
    patches: int = 60_000,
    seed: int = 0,
) -> Float[Tensor, "m p"]:
    """Online dictionary learning on centred patches, divided by its largest singular value.

    Args:
        images: clean training images.
        side: patch side.
        atoms: p.
        whiten: see `flatten_spectrum`; 0 keeps the spectrum.
        patches: how many patches to learn from; flat ones are left out.
        seed: of all draws.

    Raises:
        ValueError: the images hold fewer patches with structure than atoms.
    """
    from sklearn.decomposition import MiniBatchDictionaryLearning
    from sklearn.exceptions import ConvergenceWarning

    sample = sample_patches(images, side, patches, seed)
    if len(sample) < atoms:
        raise ValueError(f"only {len(sample)} patches with structure for {atoms} atoms")
    learner = MiniBatchDictionaryLearning(
        atoms,
        alpha=0.15,  # pyright: ignore[reportArgumentType]
        batch_size=256,
        max_iter=2,
        fit_algorithm="cd",
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        learner.fit(sample.numpy())
    dictionary = torch.from_numpy(learner.components_.T).float()
    dictionary = dictionary / torch.linalg.matrix_norm(dictionary, 2)
    return flatten_spectrum(dictionary, whiten) if whiten else dictionary


def flatten_spectrum(dictionary: Float[Tensor, "m p"], share: float) -> Float[Tensor, "m p"]:
    """(D D^T + share I)^(-1/2) D, divided by its largest singular value.

    A learned dictionary has much in low frequencies and little in high ones, and proximal
    steps then converge slowly along the latter. A small share makes D nearly a tight frame.

    Args:
        dictionary: of largest singular value 1.
        share: above 0.
    """
    values, axes = torch.linalg.eigh(dictionary @ dictionary.T)
    flat = axes @ ((values + share).rsqrt()[:, None] * (axes.T @ dictionary))
    return flat / torch.linalg.matrix_norm(flat, 2)


def sample_patches(
    images: Sequence[UInt8[Tensor, "c _ _"]], side: int, patches: int, seed: int
) -> Float[Tensor, "n m"]:
    """Centred patches in [0, 1] units whose norm is above 0.1, equally many per image.

    Args:
        images: 8 bits.
        side: of a patch.
        patches: how many are drawn, before flat ones are left out.
        seed: of the draws.
    """
    generator = torch.Generator().manual_seed(seed)
    share = -(-patches // len(images))
    parts = []
    for image in images:
        cut = extract_patches(image[None].float() / 255, side)[0].T
        cut = cut[torch.randperm(len(cut), generator=generator)[:share]]
        parts.append(cut - cut.mean(1, keepdim=True))
    sample = torch.cat(parts)
    return sample[sample.norm(dim=1) > 0.1]
