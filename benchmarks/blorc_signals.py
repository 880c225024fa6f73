"""BLORC sections 5.1, 5.2 (stripes) and 6: what W becomes for signals of known structure."""

from dataclasses import asdict
from pathlib import Path

import torch
from blorc_figures import curves, filters, matrices, signals
from torch import Tensor

from sparsight.bench import learn_orthogonal, learn_orthogonal_denoiser
from sparsight.data.signals import (
    add_noise_to_signals,
    dct_matrix,
    differences_matrix,
    harmonic,
    piecewise_constant,
    stripes,
)
from sparsight.models import AnalysisDenoiser
from sparsight.ops import extract_patches, solve_analysis
from sparsight.recipes.signals import bind_signals
from sparsight.training.signals import Pairs, fit_signals, generated_pairs

SIGMA = 0.1
STRENGTHS = (0.06, 0.08, 0.1, 0.12, 0.14, 0.16, 0.2, 0.25)

# How piecewise-constant signals are drawn: numbers of `piecewise_constant`.
KINDS: dict[str, dict] = {
    "grounded": {},
    "free": {"grounded": False},
    "held": {"hold": 4},
}


def quality(x: Tensor, clean: Tensor) -> float:
    """Mean over signals of their PSNR, peak 1, in dB."""
    return (-10 * (x - clean).square().mean(1).log10()).mean().item()


def learn(pairs: Pairs, *numbers: str, validation: Pairs | None = None):
    recipe = bind_signals("blorc-1d", numbers)
    model = recipe.build(length=pairs.clean.shape[1])
    history = fit_signals(model, pairs, recipe, validation)
    return model, [asdict(epoch) for epoch in history]


def best_strength(analysis: Tensor, pairs: Pairs) -> float:
    """The factor at which a given operator denoises training pairs best."""
    scores = {
        s: quality(solve_analysis(pairs.noisy, s * analysis).x, pairs.clean) for s in STRENGTHS
    }
    return max(scores, key=scores.get)


def rival(analysis: Tensor, training: Pairs, test: Pairs) -> dict[str, float]:
    strength = best_strength(analysis, training)
    x = solve_analysis(test.noisy, strength * analysis).x
    return {"strength": strength, "psnr": quality(x, test.clean)}


def piecewise(out: Path) -> dict:
    """Learned W beside finite differences and orthogonal ones, on three kinds of signals."""
    results: dict = {}
    for name, drawn in KINDS.items():
        training, test = (_piecewise(n, seed, drawn) for n, seed in ((4000, 0), (1000, 1)))
        some = Pairs(training.clean[:400], training.noisy[:400])
        model, _ = learn(training, "epochs=20")
        first = torch.eye(64, dtype=torch.float64)[:1]
        orthogonal = learn_orthogonal(training.clean[:100])
        ceiling = learn_orthogonal_denoiser(training.clean, training.noisy, orthogonal)
        results[name] = {
            "noisy": quality(test.noisy, test.clean),
            "learned": quality(model.solve(test.noisy).x, test.clean),
            "differences": rival(differences_matrix(64), some, test),
            "differences and first sample": rival(
                torch.cat([first, differences_matrix(64)]), some, test
            ),
            "orthogonal, unsupervised": rival(orthogonal, some, test),
            "orthogonal, supervised": quality(solve_analysis(test.noisy, ceiling).x, test.clean),
        }
        if name == "grounded":
            shown = {
                "learned": model.analysis.detach(),
                "finite differences": differences_matrix(64),
                "unsupervised, orthogonal": orthogonal,
            }
            matrices(shown, out / "blorc_piecewise.png")
            x = model.solve(test.noisy[:1]).x[0]
            lines = {"noisy": test.noisy[0], "clean": test.clean[0], "denoised": x}
            signals(lines, out / "blorc_signal.png")
    return results


def harmonics(out: Path) -> dict:
    """Signals sparse in the DCT: each learned row beside the DCT row that it is most like."""
    generator = torch.Generator().manual_seed(0)
    clean, held = harmonic(4000, generator), harmonic(1000, generator)
    training, test = (Pairs(c, add_noise_to_signals(c, SIGMA, generator)) for c in (clean, held))
    some = Pairs(training.clean[:400], training.noisy[:400])
    # From near 0, where W first goes, cosines are found slowly.
    model, _ = learn(training, "epochs=150", "lr=2e-3")
    learned, dct = model.analysis.detach(), dct_matrix(64)
    likeness = (torch.nn.functional.normalize(learned, dim=1) @ dct.T).abs()
    order = likeness.argmax(1).argsort()
    matrices({"learned": learned[order], "DCT": dct}, out / "blorc_harmonic.png")
    best = likeness.max(1).values
    return {
        "noisy": quality(test.noisy, test.clean),
        "learned": quality(model.solve(test.noisy).x, test.clean),
        "DCT": rival(dct, some, test),
        "median likeness of rows": best.median().item(),
        "rows above 0.9": int((best > 0.9).sum()),
        "frequencies matched": len(set(likeness.argmax(1)[best > 0.9].tolist())),
    }


def striped(out: Path) -> dict:
    """Filters learned from stripes: how much of their energy lies across the stripes."""
    results, shown = {}, {}
    for name, diagonal in (("vertical", False), ("diagonal", True)):
        generator = torch.Generator().manual_seed(0)
        image = stripes(256, generator, diagonal)
        patches = extract_patches(image[None, None], 8, (7, 7))[0].T
        pairs = Pairs(patches, add_noise_to_signals(patches, SIGMA, generator))
        model, _ = learn(pairs, "epochs=40")
        analysis = model.analysis.detach()
        share = _share_across(analysis, diagonal)
        results[name] = {
            "noisy": quality(pairs.noisy, patches),
            "learned": quality(model.solve(pairs.noisy).x, patches),
            "energy across": share,
            "energy across, identity": _share_across(torch.eye(64).double(), diagonal),
        }
        shown[name] = (image, analysis)
    filters(shown, out / "blorc_stripes.png")
    return results


def identify(out: Path) -> dict:
    """Section 6: W for eight noise levels, and the curves of training and validation."""
    results, shown, histories = {}, {}, {}
    reference = None
    for sigma in (0.1, 0.0, 0.02, 0.05, 0.07, 0.2, 0.5, 0.7):
        training = generated_pairs(1000, sigma, 0)
        held = generated_pairs(500, sigma, 1)
        model, history = learn(training, "epochs=20", validation=held)
        analysis = model.analysis.detach()
        reference = analysis if sigma == SIGMA else reference
        results[f"{sigma:g}"] = {
            "noisy": (held.noisy - held.clean).square().mean().item(),
            "training": history[-1]["training"],
            "validation": history[-1]["validation"],
            "differences": _share_of_differences(analysis),
            "scale": analysis.abs().max().item(),
            "scaled from 0.1": _scaled_error(reference, sigma, held),
        }
        shown[f"sigma {sigma:g}"] = analysis
        histories[f"sigma {sigma:g}"] = history
    order = sorted(shown, key=lambda name: float(name.split()[1]))
    matrices({name: shown[name] for name in order}, out / "blorc_noise_levels.png")
    chosen = ("sigma 0.02", "sigma 0.1", "sigma 0.5")
    curves({name: histories[name] for name in chosen}, out / "blorc_curves.png")
    return {"levels": dict(sorted(results.items(), key=lambda item: float(item[0])))}


def _piecewise(count: int, seed: int, drawn: dict) -> Pairs:
    generator = torch.Generator().manual_seed(seed)
    clean = piecewise_constant(count, generator, **drawn)
    return Pairs(clean, add_noise_to_signals(clean, SIGMA, generator))


def _scaled_error(analysis: Tensor, sigma: float, held: Pairs) -> float | None:
    """Of the operator learned at 0.1, its strength in proportion to the noise."""
    if sigma == 0:
        return None
    x = AnalysisDenoiser(sigma / SIGMA * analysis).solve(held.noisy).x
    return (x - held.clean).square().mean().item()


def _share_of_differences(analysis: Tensor) -> float:
    """Share of the energy of W that is a multiple of x_(i+1) - x_i, in each row the best one."""
    differences = torch.nn.functional.normalize(differences_matrix(analysis.shape[1]), dim=1)
    best = (analysis @ differences.T).square().amax(1)
    return (best.sum() / analysis.square().sum()).item()


def _share_across(analysis: Tensor, diagonal: bool) -> float:
    """Share of the energy of all filters that does not vanish on stripes.

    What changes along stripes alone is 0 there; of a patch of stripes only its mean along them
    is left.
    """
    row = torch.arange(8)
    place = (row[:, None] + row if diagonal else row.expand(8, 8)).reshape(-1)
    member = torch.nn.functional.one_hot(place).to(analysis)
    along = member / member.norm(dim=0)
    return ((analysis @ along).square().sum() / analysis.square().sum()).item()
