"""docs/results/blorc.md from what was measured; what was not measured is left out."""

from collections.abc import Mapping, Sequence
from typing import Any

Results = Mapping[str, Any]

HEAD = """# Analysis operators learned through the closed form (BLORC)

Written by `python benchmarks/blorc.py --data IMAGES`, all of it, from [blorc.json](blorc.json).
W is learned in x* = argmin ½‖x−y‖² + ‖Wx‖₁ so that x* is close to the clean signal. Signals have
peak 1 and 64 samples, noise is σ = 0.1 unless said otherwise; W starts as 0.1 I (at the paper's I
every signal of peak 1 is denoised to 0, where the gradient is 0 too) and is learned with Muon,
whose steps also reach the small singular values of W soon. The strength of every rival is chosen
on training signals; figures are of test signals that nothing was learned or chosen from. PSNR is
the mean over signals."""

WHOLE = """

The column "whole image" is `blorc-conv-gray`: 24 filters of 5 × 5 for W, so that no patches are
cut and nothing is averaged, learned from BSD400 at all noise levels through the same closed form,
its projections by conjugate gradients."""

CLOCK = """Seconds of the clock on two cores that had other work to do, and of the processor."""
TOGETHER = " The\nlast row is one run of everything."


def report(results: Results) -> str:
    """The document."""
    writers = {
        "piecewise": piecewise,
        "harmonic": harmonic,
        "stripes": stripes,
        "identify": identify,
        "images": images,
        "deblur": deblur,
        "gradient": gradient,
    }
    parts = [HEAD, *(write(results[key]) for key, write in writers.items() if key in results)]
    timed = [
        [name, f"{part['seconds']}", f"{part['processor_seconds']}"]
        for name, part in results.items()
        if "processor_seconds" in part
    ]
    if timed:
        heads = ["experiment", "seconds", "of one core"]
        parts.append("## Time\n\n" + table(heads, timed) + "\n\n" + CLOCK)
    if "together" in results:
        parts[-1] += TOGETHER
    return "\n\n".join(parts) + "\n"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of Markdown."""
    lines = ["| " + " | ".join(row) + " |" for row in (heads, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(heads), *lines[1:]])


def piecewise(part: Results) -> str:
    kinds = {
        "grounded": "begin and end at 0",
        "free": "begin and end anywhere",
        "held": "as the first, levels last 4, 8, 12 … samples",
    }
    kinds = {kind: head for kind, head in kinds.items() if kind in part}
    rows = []
    for name in part["grounded"]:
        cells = (part[kind][name] for kind in kinds)
        rows.append([name, *(f"{c if isinstance(c, float) else c['psnr']:.2f}" for c in cells)])
    return f"""## Piecewise-constant signals (section 5.1)

{table(["W, PSNR in dB", *kinds.values()], rows)}

The paper does not say how its signals were drawn; it prints 19.5 dB for noisy signals (σ = 0.1 at
peak 1 is 20.0 for any signals), 25.8 for finite differences, 25.2 for unsupervised learning and
26.2 for the learned W. Here signals have 3 to 8 jumps anywhere and levels uniform in [0, 1], a
number of jumps at which finite differences give about 25.8 dB. Finite differences leave one of 64
rows unused; where signals begin at 0, the learned W has a use for it. Where there is nothing of
the kind to learn, W becomes finite differences and is no better than they are.

The unsupervised rival minimises the sum of ‖Wx‖₁ over 100 clean signals with W orthogonal, as the
paper does, and denoises by x* = WᵀS(Wy), exactly and with the best strength.{ceiling(part)}

![W learned, finite differences, unsupervised](blorc_piecewise.png)

![A signal](blorc_signal.png)"""


def ceiling(part: Results) -> str:
    if "held" not in part:
        return ""
    best, held = part["grounded"]["orthogonal, supervised"], part["held"]
    rival = held["orthogonal, unsupervised"]["psnr"]
    return f""" On such
signals no orthogonal W comes near the paper's 25.2 dB: the last row is one learned from the 4,000
pairs themselves, with a strength for every row, and it ends at {best:.2f}. A row of an orthogonal
W needs places that signals share. The last column gives it some, and the rival comes to
{rival:.2f}; the learned W then knows them too and comes to {held["learned"]:.2f}."""


def harmonic(part: Results) -> str:
    rows = [
        ["noisy", f"{part['noisy']:.2f}"],
        ["learned", f"{part['learned']:.2f}"],
        ["DCT", f"{part['DCT']['psnr']:.2f}"],
    ]
    return f"""## Harmonic signals (section 5.1)

{table(["W", "PSNR in dB"], rows)}

Three cosines of the DCT each. Of the 64 learned rows {part["rows above 0.9"]} have a cosine
similarity above 0.9 with a row of the DCT, and these match {part["frequencies matched"]} different
frequencies; the median is {part["median likeness of rows"]:.2f}.

![Rows of W, in the order of the DCT rows they are most like, and the DCT](blorc_harmonic.png)"""


def stripes(part: Results) -> str:
    rows = [
        [
            name,
            f"{row['noisy']:.2f}",
            f"{row['learned']:.2f}",
            f"{100 * row['energy across']:.1f} %",
            f"{100 * row['energy across, identity']:.1f} %",
        ]
        for name, row in part.items()
        if isinstance(row, Mapping)
    ]
    heads = [
        "stripes",
        "noisy, dB",
        "denoised, dB",
        "energy of W on stripes",
        "at the start",
    ]
    return f"""## Stripes (section 5.2)

8 × 8 patches at a stride of 7 of one 256 × 256 image. A filter that only looks along stripes is 0
on every image of such stripes; the last columns say how much of the energy of W is not.

{table(heads, rows)}

![Images and the 16 strongest filters](blorc_stripes.png)"""


def identify(part: Results) -> str:
    rows = []
    for sigma, row in part["levels"].items():
        scaled = row["scaled from 0.1"]
        rows.append(
            [
                sigma,
                f"{row['noisy']:.5f}",
                f"{row['training']:.5f}",
                f"{row['validation']:.5f}",
                "" if scaled is None else f"{scaled:.5f}",
                f"{100 * row['differences']:.0f} %",
                f"{row['scale']:.3f}",
            ]
        )
    heads = [
        "σ",
        "error of the noisy",
        "training",
        "validation",
        "W of σ = 0.1, scaled",
        "likeness to finite differences",
        "greatest entry",
    ]
    return f"""## Noise levels (section 6)

Mean squared errors per sample, after training on 1,000 pairs. Likeness is the share of the energy
of W that lies in one difference of neighbours per row.

{table(heads, rows)}

Where noise is faint the error of doing nothing is small and W = 0 is nearly as good as any: the
less noise, the longer W takes to leave it. Signals begin and end at 0, which W learns at every
level.

![W at each noise level](blorc_noise_levels.png)

![Errors while training](blorc_curves.png)"""


def images(part: Results) -> str:
    first = next(iter(part["levels"].values()))
    methods = list(next(iter(first["images"].values())))
    rows = []
    for sigma, level in part["levels"].items():
        for name, row in level["images"].items():
            rows.append([sigma, name, *(f"{row[m]:.2f}" for m in methods)])
        means = [
            sum(r[m] for r in level["images"].values()) / len(level["images"]) for m in methods
        ]
        rows.append([sigma, "mean", *(f"{mean:.2f}" for mean in means)])
    strengths = "; ".join(
        f"σ = {sigma}: " + ", ".join(f"{key} {s:g}" for key, s in level["strength"].items())
        for sigma, level in part["levels"].items()
    )
    whole = WHOLE if "whole image" in methods else ""
    return f"""## Images (section 5.2)

{table(["σ", "image", *methods], rows)}

W of 64 × 64 learned from the patches of one training image (BSD400 {part["training"][0]}), and a
stack of three such, 192 × 64, divided by 3 (with {" and ".join(part["training"][1:])}); patches
centred, denoised, averaged. The factor of W that is best for averaged patches was chosen on
{" and ".join(part["held_out"])} ({strengths}). Images are grey 128 × 128 centres; PSNR in dB. The
paper's four images are not named, so its figures cannot be set beside these; its Analysis K-SVD
was tuned on the test images. Ours is compact and untuned and stays far behind BM3D, which the
published one does not: a lead over it says little.{whole}"""


def deblur(part: Results) -> str:
    heads = list(next(iter(part["images"].values())))
    rows = [[name, *(f"{row[h]:.2f}" for h in heads)] for name, row in part["images"].items()]
    strengths = ", ".join(f"{name} {value:g}" for name, value in part["strength"].items())
    return f"""## Deblurring with a W learned for denoising

{table(["image", *heads], rows)}

`blorc-gray`'s W inside `Variational`: 7 × 7 Gaussian blur of standard deviation 3, noise of
σ = 2.55, grey 128 × 128 centres, PSNR in dB on what the blurred image shows. Strengths were
chosen on one training image ({strengths}).

![Clean, blurred, restored by either](blorc_deblur.png)"""


def gradient(part: Results) -> str:
    rows = []
    for n, row in part["table"].items():
        for way in ("ours", "batched", "autograd", "cvxpylayers"):
            cells = row[way]
            errors = (cells.get(f"error at {w}") for w in ("identity", "differences"))
            rows.append(
                [n, way, f"{cells['ms']:.3f}", *("" if e is None else f"{e:.1e}" for e in errors)]
            )
        solves = [f"{row[key]['ms']:.3f}" for key in ("solve, one", "solve, batched")]
        rows.append([n, "solver alone, one signal", solves[0], "", ""])
        rows.append([n, "solver alone, batch of 100", solves[1], "", ""])
    kept = [[way, f"{count:,.0f}"] for way, count in part["kept per signal"].items()]
    gains = ", ".join(
        f"{row['times faster, batched']:.1f} at n = {n}" for n, row in part["table"].items()
    )
    heads = ["n", "gradient", "ms per signal", "error at W = 0.1 I", "error at W = differences"]
    return f"""## Gradients (table 4)

{table(heads, rows)}

Milliseconds of processor time, one thread; cvxpylayers solves and differentiates in one, the
others have the signs from our solver. Errors against central finite differences through the
solver. In a batch of 100 a gradient is so many times faster than autograd one by one: {gains}.

Numbers kept for the backward pass, per signal, n = 64:

{table(["way", "numbers"], kept)}"""
