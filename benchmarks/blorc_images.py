"""BLORC section 5.2: operators learned on three images, stacked, beside BM3D and Analysis K-SVD.

The paper's images are not named; these are: grey 128 x 128 centres of four images of Set12 and
Kodak24, neither of which is learned or tuned from. Strengths are chosen on training images.
Beside them the filters of `blorc-conv-gray`, which denoise images whole.
"""

from pathlib import Path

import torch
from blorc_signals import learn
from torch import Tensor

from sparsight.bank import Bank
from sparsight.bench import add_noise, analysis_ksvd
from sparsight.data import read_image
from sparsight.fidelities import PlainPatches
from sparsight.metrics import psnr
from sparsight.models import Unrolled
from sparsight.ops import extract_patches
from sparsight.penalties import AnalysisPrior
from sparsight.solvers import proximal
from sparsight.training.signals import Pairs
from sparsight.zoo import load_denoiser

TRAINING = ("test_139.png", "test_117.png", "test_297.png")
HELD_OUT = ("test_219.png", "test_307.png")
TEST = ("Set12/02.png", "Set12/09.png", "Kodak24/kodim08.png", "Kodak24/kodim19.png")
LEVELS = (25.5, 38.25)
STRENGTHS = (0.3, 0.4, 0.55, 0.7, 0.85, 1.0, 1.2)
SIDE = 128
RUNS = Path("runs/blorc")


def images(data: Path) -> dict:
    """PSNR of every method on every image at both noise levels."""
    import bm3d

    RUNS.mkdir(parents=True, exist_ok=True)
    results, whole = {}, load_denoiser("blorc-conv-gray")
    for sigma in LEVELS:
        operators = [learn_from(data / "BSD400" / name, sigma) for name in TRAINING]
        torch.save(operators, RUNS / f"operators_{sigma:g}.pt")
        held = [centre(data / "BSD400" / name, 96) for name in HELD_OUT]
        chosen = {
            "one image": best(operators[0], held, sigma, STRENGTHS),
            "stacked": best(torch.cat(operators) / 3, held, sigma, STRENGTHS),
        }
        rows = {}
        for place, name in enumerate(TEST):
            clean = centre(data / name, SIDE)
            noisy = add_noise(clean, sigma / 255, place)
            restored = {key: model(noisy[None])[0] for key, (_, _, model) in chosen.items()}
            restored["whole image"] = whole(noisy[None], sigma / 255)[0]
            restored["BM3D"] = torch.from_numpy(bm3d.bm3d(noisy[0].numpy(), sigma / 255))[None]
            restored["Analysis K-SVD"] = analysis_ksvd(noisy[None], sigma / 255)[0]
            rows[name] = {"noisy": psnr(noisy, clean)} | {
                key: psnr(x.clamp(0, 1).to(clean), clean) for key, x in restored.items()
            }
            print(sigma, name, rows[name], flush=True)
        results[f"{sigma:g}"] = {
            "strength": {key: value[1] for key, value in chosen.items()},
            "held_out": {key: value[0] for key, value in chosen.items()},
            "images": rows,
        }
    return {"levels": results, "training": TRAINING, "held_out": HELD_OUT}


def learn_from(path: Path, sigma: float) -> Tensor:
    """W from the centred patches of one image."""
    image = read_image(path, 1).double() / 255
    patches = extract_patches(image[None], 8, (4, 4))[0].T
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(patches.shape, generator=generator, dtype=patches.dtype)
    noisy = patches + sigma / 255 * noise
    pairs = Pairs(*(p - p.mean(1, keepdim=True) for p in (patches, noisy)))
    return learn(pairs, "epochs=8")[0].analysis.detach()


def centre(path: Path, side: int) -> Tensor:
    """The middle of an image, in grey, (1, side, side)."""
    image = read_image(path, 1).float() / 255
    top, left = ((length - side) // 2 for length in image.shape[1:])
    return image[:, top : top + side, left : left + side]


def best(analysis: Tensor, held: list[Tensor], sigma: float, strengths) -> tuple:
    """The strength that restores held-out training images best: (PSNR, strength, model)."""
    tried = []
    for strength in strengths:
        model = denoiser(analysis, strength)
        with torch.no_grad():
            scores = [
                psnr(model(add_noise(x, sigma / 255, 100 + i)[None])[0].clamp(0, 1), x)
                for i, x in enumerate(held)
            ]
        tried.append((sum(scores) / len(scores), strength, model))
    return max(tried, key=lambda one: one[0])


def denoiser(analysis: Tensor, strength: float) -> Unrolled:
    """Patches denoised by strength * W and averaged."""
    bank = Bank([25 / 255], torch.full((1, 1), strength))
    model = Unrolled(PlainPatches(8), AnalysisPrior(analysis.float(), bank), proximal, 1)
    return model.eval().requires_grad_(False)
