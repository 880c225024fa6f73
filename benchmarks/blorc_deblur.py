"""Deblurring with a W learned for denoising: the next step that the paper announces.

7 x 7 Gaussian blur of standard deviation 3 and noise of sigma = 2.55, grey 128 x 128 centres; the
W of `blorc-gray` beside plain differences of neighbours. The strength of each is chosen on a
training image.
"""

from pathlib import Path

import torch
from blorc_figures import gallery
from blorc_images import HELD_OUT, TEST, centre
from torch import Tensor

from sparsight.bench import add_noise
from sparsight.bench.ksvd import differences
from sparsight.metrics import psnr
from sparsight.models import Variational
from sparsight.operators import Blur
from sparsight.penalties import AnalysisRegulariser
from sparsight.solvers import NonmonotoneAccelerated
from sparsight.zoo import read_weights

SIGMA = 2.55 / 255
SIDE = 7
ALPHA = 1e-2
STRENGTHS = (0.1, 0.25, 0.5, 1.0, 2.0)
MOVES = 150


def deblur(data: Path, out: Path) -> dict:
    """PSNR on what the blurred image shows."""
    learned = read_weights("blorc-gray")[0].prior.analysis.detach()
    operators = {"learned for denoising": learned, "differences": 0.1 * differences(8)}
    held = centre(data / "BSD400" / HELD_OUT[1], 64)
    strengths = {}
    for name, analysis in operators.items():
        seen = observe(held, 50)
        scores = {s: psnr(restore(analysis, s, seen), inner(held)) for s in STRENGTHS}
        strengths[name] = max(scores, key=scores.get)
    rows = {}
    for place, name in enumerate(TEST):
        clean = centre(data / name, 128)
        y = observe(clean, place)
        shown = {"clean": inner(clean), "blurred": y[0].clamp(0, 1)}
        for key, analysis in operators.items():
            shown[key] = restore(analysis, strengths[key], y)
        rows[name] = {key: psnr(x, inner(clean)) for key, x in shown.items() if key != "clean"}
        print(name, rows[name], flush=True)
        if place == 0:
            gallery({key: picture[0] for key, picture in shown.items()}, out / "blorc_deblur.png")
    return {"images": rows, "strength": strengths}


def observe(clean: Tensor, seed: int) -> Tensor:
    return add_noise(blur().A(clean[None])[0], SIGMA, seed)[None]


def restore(analysis: Tensor, strength: float, y: Tensor) -> Tensor:
    penalty = AnalysisRegulariser(analysis, ALPHA)
    solver = NonmonotoneAccelerated()
    solve = Variational(blur(), penalty, strength / SIGMA, solver, most=MOVES)
    return inner(solve(y, SIGMA, start=blur().extend(y)).x[0]).clamp(0, 1)


def inner(x: Tensor) -> Tensor:
    """What a blurred image shows of it."""
    return x[:, SIDE // 2 : -(SIDE // 2), SIDE // 2 : -(SIDE // 2)]


def blur() -> Blur:
    line = torch.exp(-((torch.arange(SIDE) - SIDE // 2) ** 2) / 18.0)
    kernel = line[:, None] * line
    return Blur(kernel / kernel.sum())
