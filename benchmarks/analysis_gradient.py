"""Gradients of the analysis layer: time, error and memory (BLORC table 4 and table 1).

The experiment "gradient" of `benchmarks/blorc.py`. Ways: ours (eqs. (3.4), (3.5)), PyTorch's
autograd through the closed form, cvxpylayers (diffcp). The error is the greatest difference to
central finite differences of the loss through the solver, at W = 0.1 I and at W = finite
differences. It is an error if ours is less than ten times faster per signal at a batch of 100
than autograd one by one, or keeps more for the backward pass than N^2 and a few N numbers per
signal.
"""

import statistics
import time

import torch
from torch import Tensor

from sparsight.data.signals import add_noise_to_signals, differences_matrix, piecewise_constant
from sparsight.models import AnalysisDenoiser
from sparsight.ops import apply_closed_form, soft_threshold, solve_analysis

SIZES = (36, 64)
BATCH = 100
REPEATS = 20
UNROLLED = (10, 50, 200)


def gradients() -> dict:
    """Time, error and memory.

    Raises:
        AssertionError: ours is too slow or keeps too much.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    table = {str(n): compare(n) for n in SIZES}
    memory = keep(64)
    torch.set_num_threads(threads)
    for n, row in table.items():
        gain = row["autograd"]["ms"] / row["batched"]["ms"]
        row["times faster, batched"] = gain
        assert gain >= 10, f"n = {n}: only {gain:.1f} times faster than autograd one by one"
    assert memory["ours"] <= 64**2 + 10 * 64, memory
    assert memory["ours"] < memory[f"unrolled, {UNROLLED[-1]} steps"] / 5, memory
    return {"table": table, "kept per signal": memory}


def compare(n: int) -> dict:
    """Time per signal in milliseconds, solve and gradient apart, and the error of each way."""
    y, clean = pairs(n)
    analysis = 0.1 * torch.eye(n, dtype=torch.float64)
    one = solve_analysis(y[:1], analysis).signs
    every = solve_analysis(y, analysis).signs
    rows = {
        "ours": {"ms": clock(lambda: by_hand(y[:1], analysis, one, clean[:1]))},
        "autograd": {
            "ms": clock(
                lambda: [by_autograd(*row) for row in zip(y, [analysis] * BATCH, every, clean)], 5
            )
            / BATCH
        },
        "batched": {"ms": clock(lambda: by_hand(y, analysis, every, clean)) / BATCH},
        "solve, one": {"ms": clock(lambda: solve_analysis(y[:1], analysis))},
        "solve, batched": {"ms": clock(lambda: solve_analysis(y, analysis)) / BATCH},
    }
    layer = cvxpy_layer(n)
    rows["cvxpylayers"] = {"ms": clock(lambda: by_cvxpy(layer, y[0], analysis, clean[0]), 5)}
    for name, start in (("identity", analysis), ("differences", 0.15 * differences_matrix(n))):
        signs = solve_analysis(y, start).signs
        truth = finite_differences(y[0], start, clean[0])
        errors = {
            "ours": by_hand(y[:1], start, signs[:1], clean[:1]),
            "autograd": by_autograd(y[0], start, signs[0], clean[0]),
            "cvxpylayers": by_cvxpy(cvxpy_layer(n, len(start)), y[0], start, clean[0]),
        }
        for way, gradient in errors.items():
            rows[way][f"error at {name}"] = (gradient - truth).abs().max().item()
    return rows


def pairs(n: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    clean = piecewise_constant(BATCH, generator, n)
    return add_noise_to_signals(clean, 0.1, generator), clean


def by_hand(y: Tensor, analysis: Tensor, signs: Tensor, clean: Tensor) -> Tensor:
    """The gradient of 1/2 ||x - clean||^2 by W, summed over signals."""
    w = analysis.clone().requires_grad_()
    loss = (apply_closed_form(y, w, signs) - clean).square().sum() / 2
    return torch.autograd.grad(loss, w)[0]


def by_autograd(y: Tensor, analysis: Tensor, signs: Tensor, clean: Tensor) -> Tensor:
    """The same for one signal, through eq. (3.2) as it is written."""
    w = analysis.clone().requires_grad_()
    zero, rest, s = w[signs == 0], w[signs != 0], signs[signs != 0]
    q = y - rest.T @ s
    x = q - torch.linalg.pinv(zero) @ (zero @ q)
    return torch.autograd.grad((x - clean).square().sum() / 2, w)[0]


def cvxpy_layer(n: int, k: int | None = None):
    import cvxpy
    from cvxpylayers.torch import CvxpyLayer

    w, y, x = cvxpy.Parameter((k or n, n)), cvxpy.Parameter(n), cvxpy.Variable(n)
    objective = cvxpy.sum_squares(x - y) / 2 + cvxpy.norm1(w @ x)
    return CvxpyLayer(cvxpy.Problem(cvxpy.Minimize(objective)), [w, y], [x])


def by_cvxpy(layer, y: Tensor, analysis: Tensor, clean: Tensor) -> Tensor:
    """Solve and gradient together; they cannot be had apart."""
    w = analysis.clone().requires_grad_()
    (x,) = layer(w, y)
    return torch.autograd.grad((x - clean).square().sum() / 2, w)[0]


def finite_differences(y: Tensor, analysis: Tensor, clean: Tensor, step: float = 1e-6) -> Tensor:
    gradient = torch.zeros_like(analysis)
    start = solve_analysis(y[None], analysis).dual
    for entry in range(analysis.numel()):
        ends = []
        for way in (step, -step):
            moved = analysis.clone()
            moved.view(-1)[entry] += way
            x = solve_analysis(y[None], moved, start=start).x[0]
            ends.append((x - clean).square().sum() / 2)
        gradient.view(-1)[entry] = (ends[0] - ends[1]) / (2 * step)
    return gradient


def keep(n: int) -> dict[str, float]:
    """Numbers kept for the backward pass, per signal; W itself is not counted."""
    y = pairs(n)[0]
    model = AnalysisDenoiser(0.15 * differences_matrix(n))
    counts = {"ours": kept(lambda: model(y), model.analysis) / BATCH}
    for steps in UNROLLED:
        counts[f"unrolled, {steps} steps"] = (
            kept(lambda steps=steps: unrolled(y, model.analysis, steps), model.analysis) / BATCH
        )
    return counts


def kept(forward, parameter: Tensor) -> int:
    seen: dict[int, int] = {}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() != parameter.untyped_storage().data_ptr():
            seen[storage.data_ptr()] = storage.nbytes() // 8
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        result = forward()
    del result
    return sum(seen.values())


def unrolled(y: Tensor, analysis: Tensor, steps: int) -> Tensor:
    """ADMM as a network: x = (I + W^T W)^-1 (y + W^T (z - u)), z = S(W x + u)."""
    k, n = analysis.shape
    inverse = torch.linalg.inv(torch.eye(n).to(y) + analysis.T @ analysis)
    z, u = (y.new_zeros(len(y), k) for _ in range(2))
    one, x = y.new_ones(1, 1), y
    for _ in range(steps):
        x = (y + (z - u) @ analysis) @ inverse
        v = x @ analysis.T + u
        z = soft_threshold(v, one)
        u = v - z
    return x


def clock(work, repeats: int = REPEATS) -> float:
    """Median milliseconds of processor time."""
    work()
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        taken.append(1e3 * (time.process_time() - start))
    return statistics.median(taken)
